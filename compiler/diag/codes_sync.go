package diag

// syncCodes are the codes TAP4xx.
var syncCodes = []Doc{}
