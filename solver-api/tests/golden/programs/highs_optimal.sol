Model status
Optimal

# Primal solution values
Feasible
Objective 88
# Columns 5
c0 1
c1 1
c2 1
c3 0
one 1
# Rows 1
r0 9

# Dual solution values
None

# Basis
HiGHS_basis_file v2
None
