package jsonfile

import (
	"bytes"
	"encoding/json"
)

// Marshal writes v. Maps come out with their keys in order.
func Marshal(v any) ([]byte, error) {
	var compact bytes.Buffer
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return indent(compact.Bytes()), nil
}

// indent spreads compact JSON over lines, as json.Indent with two spaces does;
// that one checks its input once more on the way, which takes most of the time
// of a large build.
func indent(compact []byte) []byte {
	out := make([]byte, 0, len(compact)*3/2)
	depth, text := 0, false
	for i := 0; i < len(compact); i++ {
		c := compact[i]
		switch {
		case text:
			out = append(out, c)
			if c == '\\' {
				i++
				out = append(out, compact[i])
			} else if c == '"' {
				text = false
			}
		case c == '"':
			text = true
			out = append(out, c)
		case c == '{' || c == '[':
			out = append(out, c)
			if compact[i+1] == c+2 { // the closing bracket of each is two further on
				i++
				out = append(out, compact[i])
				continue
			}
			depth++
			out = line(out, depth)
		case c == '}' || c == ']':
			depth--
			out = append(line(out, depth), c)
		case c == ',':
			out = line(append(out, c), depth)
		case c == ':':
			out = append(out, ':', ' ')
		default:
			out = append(out, c)
		}
	}
	return out
}

func line(out []byte, depth int) []byte {
	out = append(out, '\n')
	for range depth {
		out = append(out, ' ', ' ')
	}
	return out
}
