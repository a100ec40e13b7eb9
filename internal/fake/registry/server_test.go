package fakeregistry_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
)

func start(t *testing.T, repositories ...string) *fakeregistry.Server {
	t.Helper()
	s := fakeregistry.Start(t)
	s.Create(repositories...)
	return s
}

func reference(t *testing.T, s *fakeregistry.Server, path string) name.Reference {
	t.Helper()
	ref, err := name.ParseReference(s.Host() + "/" + path)
	require.NoError(t, err)
	return ref
}

func TestPushedImageIsThere(t *testing.T) {
	s := start(t, "pipe/grouparoo")
	digest, err := s.PushDependencies("pipe/grouparoo", "deps-1")
	require.NoError(t, err)
	got, err := remote.Head(reference(t, s, "pipe/grouparoo:deps-1"), remote.WithAuth(fakeregistry.Auth()))
	require.NoError(t, err)
	assert.Equal(t, digest, got.Digest.String())
	assert.Equal(t, map[string]string{"deps-1": digest}, s.Tags("pipe/grouparoo"))
	again, err := fakeregistry.Dependencies("deps-1")
	require.NoError(t, err)
	same, err := again.Digest()
	require.NoError(t, err)
	assert.Equal(t, digest, same.String(), "the same tag is the same image")
}

func TestSignInIsNeeded(t *testing.T) {
	s := start(t, "pipe")
	for _, auth := range []authn.Authenticator{authn.Anonymous, &authn.Basic{Username: "AWS", Password: "wrong"}, &authn.Basic{Username: "me", Password: fakeregistry.Password}} {
		_, err := remote.Head(reference(t, s, "pipe:x"), remote.WithAuth(auth))
		assert.ErrorContains(t, err, "401")
	}
}

func TestRepositoriesAreNotMadeByPushing(t *testing.T) {
	s := start(t)
	_, err := s.PushDependencies("pipe", "deps-1")
	require.ErrorContains(t, err, "NAME_UNKNOWN")
	s.Exists = func(r string) bool { return r == "pipe" }
	_, err = s.PushDependencies("pipe", "deps-1")
	require.NoError(t, err)
	_, err = s.PushDependencies("other", "deps-1")
	require.ErrorContains(t, err, "NAME_UNKNOWN")
}

// ECR refuses to put a tag that is there, also on the same image.
func TestTagsNeverMove(t *testing.T) {
	s := start(t, "pipe")
	_, err := s.PushDependencies("pipe", "deps-1")
	require.NoError(t, err)
	for _, tag := range []string{"deps-1", "deps-2"} {
		img, err := fakeregistry.Dependencies(tag)
		require.NoError(t, err)
		if tag != "deps-1" {
			_, err = s.Push("pipe", tag, img)
			require.NoError(t, err)
		}
		err = remote.Put(reference(t, s, "pipe:deps-1"), img, remote.WithAuth(fakeregistry.Auth()))
		require.ErrorContains(t, err, "TAG_INVALID")
	}
}

func TestManifestNeedsItsLayers(t *testing.T) {
	s := start(t, "one", "two")
	_, err := s.PushDependencies("one", "deps-1")
	require.NoError(t, err)
	img, err := fakeregistry.Dependencies("deps-1")
	require.NoError(t, err)
	err = remote.Put(reference(t, s, "two:deps-1"), img, remote.WithAuth(fakeregistry.Auth()))
	require.ErrorContains(t, err, "could not be found", "a blob of another repository does not count")
	_, err = s.Push("two", "deps-1", img)
	require.NoError(t, err)
}

func TestCallsAreNamedAndCounted(t *testing.T) {
	s := start(t, "pipe")
	_, err := s.PushDependencies("pipe", "deps-1")
	require.NoError(t, err)
	count := map[string]int{}
	for _, c := range s.Requests() {
		count[c.Operation]++
	}
	assert.Equal(t, 3, count["PUT upload"], "two layers and the configuration")
	assert.Equal(t, 1, count["PUT manifest"])
	assert.Equal(t, 3, s.Blobs())
	sent := s.Sent()
	assert.Greater(t, sent, 500)
	s.Reset()
	assert.Zero(t, s.Sent())
	_, err = s.PushDependencies("pipe", "deps-1")
	require.NoError(t, err)
	assert.Zero(t, s.Sent(), "what is there is not sent again")
}

func TestFaults(t *testing.T) {
	s := start(t, "pipe")
	s.Fault(fault.Rule{Operation: "PUT manifest", Do: fault.Refuse, Code: "DENIED", Status: http.StatusForbidden})
	_, err := s.PushDependencies("pipe", "deps-1")
	require.ErrorContains(t, err, "403")
	assert.Empty(t, s.Tags("pipe"))
}

func TestECRsOwnCalls(t *testing.T) {
	s := start(t, "pipe")
	at := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	s.Now = func() time.Time { return at }
	digest, err := s.PushDependencies("pipe", "deps-1")
	require.NoError(t, err)
	client := ecr.NewFromConfig(s.Config())
	token, err := client.GetAuthorizationToken(context.Background(), &ecr.GetAuthorizationTokenInput{})
	require.NoError(t, err)
	assert.Equal(t, s.URL(), aws.ToString(token.AuthorizationData[0].ProxyEndpoint))
	assert.Equal(t, at.Add(12*time.Hour), token.AuthorizationData[0].ExpiresAt.UTC())

	got, err := client.DescribeImages(context.Background(), &ecr.DescribeImagesInput{RepositoryName: aws.String("pipe")})
	require.NoError(t, err)
	require.Len(t, got.ImageDetails, 1)
	assert.Equal(t, digest, aws.ToString(got.ImageDetails[0].ImageDigest))
	assert.Equal(t, []string{"deps-1"}, got.ImageDetails[0].ImageTags)
	assert.Equal(t, at, got.ImageDetails[0].ImagePushedAt.UTC())

	_, err = client.DescribeImages(context.Background(), &ecr.DescribeImagesInput{RepositoryName: aws.String("pipe"), ImageIds: []types.ImageIdentifier{{ImageTag: aws.String("x")}}})
	var none *types.ImageNotFoundException
	require.ErrorAs(t, err, &none)
	_, err = client.DescribeImages(context.Background(), &ecr.DescribeImagesInput{RepositoryName: aws.String("other")})
	var unknown *types.RepositoryNotFoundException
	require.ErrorAs(t, err, &unknown)
	for _, c := range s.Requests("GetAuthorizationToken", "DescribeImages") {
		assert.Equal(t, "ecr", c.Service)
	}
	_, err = client.ListImages(context.Background(), &ecr.ListImagesInput{RepositoryName: aws.String("pipe")})
	require.True(t, err != nil && strings.Contains(err.Error(), "UnknownOperation"))
}
