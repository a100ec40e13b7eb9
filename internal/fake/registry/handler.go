package fakeregistry

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// place is what a path of the registry's API is about.
var place = regexp.MustCompile(`^/v2/(.+)/(manifests|blobs/uploads|blobs|tags)/?([^/]*)$`)

// called names a call for the log and for faults. ECR's own calls are told from
// the registry's by their header.
func called(r *http.Request, _ []byte) fault.Name {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return fault.Name{Service: "ecr", Operation: target[strings.LastIndexByte(target, '.')+1:], Form: fault.JSON}
	}
	m := place.FindStringSubmatch(r.URL.Path)
	if m == nil {
		return fault.Name{Service: "registry", Operation: "ping"}
	}
	word := map[string]string{"manifests": "manifest", "blobs": "blob", "blobs/uploads": "upload", "tags": "tags"}[m[2]]
	return fault.Name{Service: "registry", Operation: r.Method + " " + word}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Amz-Target") != "" {
		s.ECR().ServeHTTP(w, r)
		return
	}
	if user, password, _ := r.BasicAuth(); user != User || password != Password {
		w.Header().Set("Www-Authenticate", `Basic realm="`+s.URL()+`",service="ecr.amazonaws.com"`)
		refuse(w, http.StatusUnauthorized, "DENIED", "Not Authorized")
		return
	}
	m := place.FindStringSubmatch(r.URL.Path)
	if m == nil {
		s.next.ServeHTTP(w, r)
		return
	}
	repository, kind, last := m[1], m[2], m[3]
	if !s.exists(repository) {
		refuse(w, http.StatusNotFound, "NAME_UNKNOWN", "The repository with name '"+repository+"' does not exist in the registry with id '"+Account+"'")
		return
	}
	switch {
	case kind == "manifests" && r.Method == http.MethodPut:
		s.putManifest(w, r, repository, last)
	case kind == "manifests" && r.Method != http.MethodGet && r.Method != http.MethodHead:
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "images are deleted by ECR's own calls")
	case kind == "blobs" && !s.holds(repository, last):
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", "The layer with digest '"+last+"' does not exist in the repository with name '"+repository+"'")
	case kind == "blobs/uploads":
		s.upload(w, r, repository)
	default:
		s.next.ServeHTTP(w, r)
	}
}

// holds reports whether a blob was pushed to a repository. The registry itself
// has one store for all.
func (s *Server) holds(repository, digest string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blobs[repository+"@"+digest]
}

// upload takes a part of a blob. A mount from another repository is refused as
// ECR refuses it where it is not switched on: by beginning an upload.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, repository string) {
	query := r.URL.Query()
	query.Del("mount")
	query.Del("from")
	digest := query.Get("digest")
	r.URL.RawQuery = query.Encode()
	answer := httptest.NewRecorder()
	s.next.ServeHTTP(answer, r)
	if digest != "" && answer.Code == http.StatusCreated {
		s.mu.Lock()
		s.blobs[repository+"@"+digest] = true
		s.mu.Unlock()
	}
	hand(w, answer)
}

// putManifest refuses what ECR refuses, and keeps when it was pushed.
func (s *Server) putManifest(w http.ResponseWriter, r *http.Request, repository, reference string) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away
	}
	digest, _, err := v1.SHA256(bytes.NewReader(content))
	if err != nil {
		panic(err) // a reader in memory does not fail
	}
	tag := reference
	if strings.HasPrefix(reference, "sha256:") {
		tag = ""
	}
	if _, taken := s.Tags(repository)[tag]; taken {
		refuse(w, http.StatusBadRequest, "TAG_INVALID",
			"The image tag '"+tag+"' already exists in the '"+repository+"' repository and cannot be overwritten because the tag is immutable.")
		return
	}
	if missing := s.missing(repository, content); missing != "" {
		refuse(w, http.StatusNotFound, "LAYERS_NOT_FOUND", "Layers with digests '["+missing+"]' required for pushing image into repository with name '"+repository+"' could not be found")
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	answer := httptest.NewRecorder()
	s.next.ServeHTTP(answer, r)
	if answer.Code == http.StatusCreated {
		s.mu.Lock()
		s.pushed[repository] = append(s.pushed[repository], pushed{tag, digest.String(), s.Now(), len(content)})
		s.mu.Unlock()
	}
	hand(w, answer)
}

// missing is the first blob that a manifest names and the repository lacks.
func (s *Server) missing(repository string, content []byte) string {
	m, err := v1.ParseManifest(bytes.NewReader(content))
	if err != nil || m.Config.Digest.Hex == "" {
		return "" // an index; the registry itself looks at what it names
	}
	for _, d := range append([]v1.Descriptor{m.Config}, m.Layers...) {
		if !s.holds(repository, d.Digest.String()) {
			return d.Digest.String()
		}
	}
	return ""
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}

// hand gives an answer on that was looked at.
func hand(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for key, values := range answer.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // a client that went away needs no answer
}
