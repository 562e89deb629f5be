Optimal - objective value 88.00000000
      0 r0                     9                       0
      0 c0                     1                      -4
      1 c1                     1                      -5
      2 c2                     1                      -3
      3 c3                     0                      -7
      4 one                     1                     100
