package diag

// formCodes are the codes TAP1xx.
var formCodes = []Doc{}
