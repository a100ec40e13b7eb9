package diag

// streamCodes are the codes TAP3xx.
var streamCodes = []Doc{}
