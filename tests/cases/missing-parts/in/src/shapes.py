# ANCHOR: one
x = 1
# ANCHOR_END: one
