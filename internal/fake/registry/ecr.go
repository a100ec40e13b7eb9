package fakeregistry

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// ECRCalls are the calls of ECR's own API that the registry answers. A stand-in
// for AWS that hands them on lets everybody see the same images.
var ECRCalls = []string{"GetAuthorizationToken", "DescribeImages"}

// tokenLife is how long a token of ECR is valid.
const tokenLife = 12 * time.Hour

// ECR answers ECRCalls.
func (s *Server) ECR() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target := r.Header.Get("X-Amz-Target")
		switch target[strings.LastIndexByte(target, '.')+1:] {
		case "GetAuthorizationToken":
			answer(w, map[string]any{"authorizationData": []any{map[string]any{
				"authorizationToken": base64.StdEncoding.EncodeToString([]byte(User + ":" + Password)),
				"proxyEndpoint":      s.URL(), "expiresAt": s.Now().Add(tokenLife).Unix(),
			}}})
		case "DescribeImages":
			s.describe(w, r)
		default:
			fault.JSON.Write(w, fault.Failure{Status: http.StatusBadRequest, Code: "UnknownOperationException", Message: target})
		}
	})
}

// describe lists the images of a repository, each with its tags and the time of
// its first push.
func (s *Server) describe(w http.ResponseWriter, r *http.Request) {
	var in struct {
		RepositoryName string `json:"repositoryName"`
		ImageIDs       []struct {
			ImageTag    string `json:"imageTag"`
			ImageDigest string `json:"imageDigest"`
		} `json:"imageIds"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		fault.JSON.Write(w, fault.Failure{Status: http.StatusBadRequest, Code: "SerializationException", Message: err.Error()})
		return
	}
	if !s.exists(in.RepositoryName) {
		fault.JSON.Write(w, fault.Failure{Status: http.StatusBadRequest, Code: "RepositoryNotFoundException",
			Message: "The repository with name '" + in.RepositoryName + "' does not exist in the registry with id '" + Account + "'"})
		return
	}
	details := []any{}
	for _, image := range s.images(in.RepositoryName) {
		asked := len(in.ImageIDs) == 0
		for _, id := range in.ImageIDs {
			asked = asked || id.ImageDigest == image.Digest || slices.Contains(image.Tags, id.ImageTag)
		}
		if asked {
			details = append(details, image)
		}
	}
	if len(details) == 0 && len(in.ImageIDs) > 0 {
		fault.JSON.Write(w, fault.Failure{Status: http.StatusBadRequest, Code: "ImageNotFoundException",
			Message: "The image requested does not exist in the repository with name '" + in.RepositoryName + "'"})
		return
	}
	answer(w, map[string]any{"imageDetails": details})
}

type image struct {
	Registry   string   `json:"registryId"`
	Repository string   `json:"repositoryName"`
	Digest     string   `json:"imageDigest"`
	Tags       []string `json:"imageTags,omitempty"`
	At         int64    `json:"imagePushedAt"`
	Size       int      `json:"imageSizeInBytes"`
}

func (s *Server) images(repository string) []image {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []image
	for _, p := range s.pushed[repository] {
		i := slices.IndexFunc(out, func(m image) bool { return m.Digest == p.digest })
		if i < 0 {
			i = len(out)
			out = append(out, image{Registry: Account, Repository: repository, Digest: p.digest, At: p.at.Unix(), Size: p.size})
		}
		if p.tag != "" {
			out[i].Tags = append(out[i].Tags, p.tag)
		}
	}
	return out
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(body) // a client that went away needs no answer
}
