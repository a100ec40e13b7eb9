package cfn

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestArchitecture(t *testing.T) {
	for instance, want := range map[string]string{
		"t3.xlarge": "amd64", "t3a.xlarge": "amd64", "m7i.large": "amd64", "c5n.large": "amd64", "g4dn.xlarge": "amd64", "g5.xlarge": "amd64", "r6id.large": "amd64",
		"t4g.xlarge": "arm64", "m7g.large": "arm64", "m7gd.large": "arm64", "c7gn.large": "arm64", "a1.large": "arm64", "g5g.xlarge": "arm64", "im4gn.large": "arm64",
	} {
		amazons, abctls := architecture(instance)
		assert.Equal(t, want, abctls, instance)
		assert.Equal(t, map[string]string{"amd64": "x86_64", "arm64": "arm64"}[want], amazons, instance)
	}
}

// Whoever applies learns of every parameter without a default, and of every
// bucket that outlives its stack.
func TestWhatApplyIsTold(t *testing.T) {
	for _, v := range allVariants() {
		for _, template := range Templates(v.pipeline) {
			text := string(template.Content())
			given := map[string]string{}
			for _, g := range template.Given {
				given[g.Name] = g.From
			}
			parameters, _, _ := strings.Cut(text, "\nResources:")
			for _, part := range regexp.MustCompile(`(?m)^  [A-Z]\w+:$`).FindAllStringIndex(parameters, -1) {
				name := strings.Trim(parameters[part[0]:part[1]], " :")
				body := parameters[part[1]:]
				if next := regexp.MustCompile(`(?m)^  [A-Z]`).FindStringIndex(body); next != nil {
					body = body[:next[0]]
				}
				if !strings.Contains(body, "Default:") {
					assert.NotEmpty(t, given[name], "%s %s", template.Path, name)
				}
			}
			require.Equal(t, strings.Count(text, "Type: AWS::S3::Bucket\n"), len(template.Buckets), template.Path)
			for _, b := range template.Buckets {
				assert.Contains(t, text, "BucketName: !Sub \""+b.Name+"-${AWS::AccountId}-${AWS::Region}\"")
				assert.Contains(t, text, "\n  "+b.ID+"Policy:\n")
			}
		}
	}
}
