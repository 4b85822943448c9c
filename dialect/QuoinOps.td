// Everything TableGen reads.
include "dialect/ValueOps.td"
include "dialect/KernelOps.td"
