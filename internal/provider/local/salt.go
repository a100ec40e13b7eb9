package local

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// prepareHome makes the folder of everything that this package writes, and
// keeps it out of version control: it holds data of persons.
func (p *provider) prepareHome() error {
	if err := makeDir(filepath.Join(p.home(), p.Environment)); err != nil {
		return err
	}
	ignore := filepath.Join(p.home(), ".gitignore")
	if exists(ignore) {
		return nil
	}
	return replaceFile(ignore, []byte("*\n"))
}

// salt is the secret of the ids of persons. It is nil where there is none and
// none can be kept: a plan then shows no ids, since ids of another salt would
// make another plan of it.
func (p *provider) salt() []byte {
	if len(p.Salt) > 0 {
		return p.Salt
	}
	path := filepath.Join(p.home(), "salt")
	if data, err := os.ReadFile(path); err == nil && len(data) >= 32 {
		return data
	}
	salt := make([]byte, 32)
	_, _ = rand.Read(salt) // never fails
	data := []byte(hex.EncodeToString(salt) + "\n")
	if p.prepareHome() != nil || replaceFile(path, data) != nil {
		return nil
	}
	return data
}

// memberID stands for a person in everything that is shown.
func memberID(salt []byte, key string) string {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(key))
	return "m-" + hex.EncodeToString(mac.Sum(nil))[:12]
}

// digest is over texts, each with its length, so that no two lists are alike.
func digest(texts ...string) string {
	hash := sha256.New()
	var size [8]byte
	for _, t := range texts {
		for i := range size {
			size[i] = byte(len(t) >> (8 * i))
		}
		hash.Write(size[:])
		hash.Write([]byte(t))
	}
	return "sha256:" + hex.EncodeToString(hash.Sum(nil))
}
