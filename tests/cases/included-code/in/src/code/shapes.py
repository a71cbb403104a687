def area(width, height):
    return width * height


# ANCHOR: use
print(area(4, 5))
# ANCHOR_END: use
#> 20
print(area(1, 1))
#> 2
