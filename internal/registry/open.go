package registry

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Official is where Airbyte publishes the registry of what runs self-hosted.
const Official = "https://connectors.airbyte.com/files/registries/v0/oss_registry.json"

// most is the most bytes of a registry that are read; the official one has less
// than a tenth.
const most = 256 << 20

// Open reads a registry from a file or a URL.
func Open(ctx context.Context, where string, client *http.Client) (*Registry, error) {
	data, err := read(ctx, where, client)
	if err != nil {
		return nil, fmt.Errorf("the registry cannot be read: %w", err)
	}
	r, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return r, nil
}

// IsURL says that where is no name of a file.
func IsURL(where string) bool {
	return strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://")
}

func read(ctx context.Context, where string, client *http.Client) ([]byte, error) {
	if IsURL(where) {
		return fetch(ctx, where, client)
	}
	f, err := os.Open(where)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return unpacked(f)
}

func fetch(ctx context.Context, where string, client *http.Client) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(req)
	if err != nil {
		var of *url.Error
		if errors.As(err, &of) {
			err = of.Err
		}
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", where, answer.Status)
	}
	return unpacked(answer.Body)
}

// unpacked reads all there is, out of gzip where it is packed.
func unpacked(r io.Reader) ([]byte, error) {
	packed, err := bounded(r)
	if err != nil || !bytes.HasPrefix(packed, []byte{0x1f, 0x8b}) {
		return packed, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return bounded(z)
}

func bounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && len(data) > most {
		err = fmt.Errorf("it has more than %d MiB", most>>20)
	}
	return data, err
}
