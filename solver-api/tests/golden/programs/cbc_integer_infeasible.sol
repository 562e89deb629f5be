Integer infeasible - objective value 0.00000000
      0 r0                     3                       0
      0 c0                     0                       1
      1 c1                   1.5                       0
