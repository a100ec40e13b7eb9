package diag

// placeholderCodes are the codes TAP6xx.
var placeholderCodes = []Doc{}
