package diag

// connectorCodes are the codes TAP2xx.
var connectorCodes = []Doc{}
