package deploy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOriginsAreLines(t *testing.T) {
	assert.Equal(t, []string{"C:/p/x.sql:7", "tapestry.yaml:4", "tapestry.yaml:17"},
		lines([]string{"tapestry.yaml:17:3", ":0", "tapestry.yaml:4", "tapestry.yaml:17:9", "", "tapestry.yaml", "C:/p/x.sql:7"}))
	assert.Nil(t, lines(nil))
}
