# 日本
"😀"
mark(3)  # example
# ANCHOR: shown
mark(4)  # example
# ANCHOR_END: shown
