# Solution for model model
# Objective value = 88
c0 1
c1 1
c2 1
c3 0
one 1
