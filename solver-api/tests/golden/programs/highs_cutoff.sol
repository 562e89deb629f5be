Model status
Optimal

# Primal solution values
Feasible
Objective 90
# Columns 5
c0 0
c1 0
c2 1
c3 1
c4 1
# Rows 1
r0 7

# Dual solution values
None

# Basis
HiGHS_basis_file v2
None
