// Package jsonfile writes a value as the JSON file that all emitters write: two
// spaces a level, one newline at the end, < and & as they are. It imports
// nothing of this module.
package jsonfile
