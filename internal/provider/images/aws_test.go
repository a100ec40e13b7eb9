package images_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/images"
)

// The repositories are those of an account, which says where its registry is and
// lets the plan's role read alone.
func TestOnAnAccount(t *testing.T) {
	account := fakeaws.Start(t)
	r := fakeregistry.Start(t)
	require.NoError(t, account.SetRegistry(r.URL()))
	account.HandOn(r.ECR(), fakeregistry.ECRCalls...)
	client := ecr.NewFromConfig(account.Config())
	r.Exists = func(repository string) bool {
		_, err := client.DescribeRepositories(context.Background(), &ecr.DescribeRepositoriesInput{RepositoryNames: []string{repository}})
		return err == nil
	}
	_, err := r.PushDependencies(repoGrou, "early")
	require.ErrorContains(t, err, "NAME_UNKNOWN")

	found := deploy.Outputs{}
	for output, repository := range map[string]string{"GrouparooRepository": repoGrou, "DbtRepository": repoDbt} {
		made, err := client.CreateRepository(context.Background(), &ecr.CreateRepositoryInput{RepositoryName: aws.String(repository)})
		require.NoError(t, err)
		found["output.foundation."+output] = aws.ToString(made.Repository.RepositoryUri)
		_, err = r.PushDependencies(repository, spec(t, repository[strings.LastIndexByte(repository, '/')+1:]).Dependencies.Tag)
		require.NoError(t, err)
	}
	in := deploy.Input{Artifacts: rainShield(), Outputs: found}
	reader, writer := config(r), config(r)
	reader.AWS, writer.AWS = account.PlanConfig(), account.Config()
	out := plan(t, images.New(reader), in)
	require.Len(t, out.Changes, 2)
	got := apply(t, images.New(writer), in, out)
	assert.Equal(t, out.Outputs, got)
	assert.Empty(t, plan(t, images.New(reader), in).Changes)
	assert.Empty(t, account.Containing(fakeregistry.Password))
}
