package diag

// cloudCodes are the codes TAP5xx.
var cloudCodes = []Doc{}
