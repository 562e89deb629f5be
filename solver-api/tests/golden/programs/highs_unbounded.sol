Model status
Unbounded

# Primal solution values
Feasible
Objective -1
# Columns 2
c0 1
c1 0
# Rows 1
r0 1

# Dual solution values
Infeasible
# Columns 2
c0 0
c1 -2
# Rows 1
r0 -1

# Basis
HiGHS_basis_file v2
Valid
# Columns 2
c0 1
c1 0
# Rows 1
r0 2
