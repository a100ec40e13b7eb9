package diag

// Cells is the width of a text on a terminal.
var Cells = cells
