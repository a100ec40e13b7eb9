package snowflake

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
)

// What openssl writes with `pkcs8 -topk8 -v2 aes-256-cbc` or `-v2 des3`: PBES2
// (RFC 8018) with PBKDF2.
type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2 struct{ KDF, Cipher pkix.AlgorithmIdentifier }

type kdf struct {
	Salt   []byte
	Rounds int
	Length int                      `asn1:"optional"`
	PRF    pkix.AlgorithmIdentifier `asn1:"optional"`
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidSHA1   = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}
	oidSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
)

var errOtherCipher = errors.New("its encryption is none that is known; write it anew with: openssl pkcs8 -topk8 -v2 aes-256-cbc")

// ciphers by their name in the key.
var ciphers = []struct {
	oid  asn1.ObjectIdentifier
	size int
	make func([]byte) (cipher.Block, error)
}{
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, 16, aes.NewCipher},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, 24, aes.NewCipher},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, 32, aes.NewCipher},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}, 24, des.NewTripleDESCipher},
}

// decrypt gives the PKCS #8 key inside an encrypted one.
func decrypt(der []byte, passphrase string) ([]byte, error) {
	var e encryptedKey
	var scheme pbes2
	var derive kdf
	if _, err := asn1.Unmarshal(der, &e); err != nil {
		return nil, err
	}
	if !e.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, errOtherCipher
	}
	if _, err := asn1.Unmarshal(e.Algorithm.Parameters.FullBytes, &scheme); err != nil {
		return nil, err
	}
	if !scheme.KDF.Algorithm.Equal(oidPBKDF2) {
		return nil, errOtherCipher
	}
	if _, err := asn1.Unmarshal(scheme.KDF.Parameters.FullBytes, &derive); err != nil {
		return nil, err
	}
	return open(scheme, derive, e.Data, passphrase)
}

func open(scheme pbes2, derive kdf, data []byte, passphrase string) ([]byte, error) {
	var prf func() hash.Hash
	switch oid := derive.PRF.Algorithm; {
	case len(oid) == 0 || oid.Equal(oidSHA1):
		prf = sha1.New
	case oid.Equal(oidSHA256):
		prf = sha256.New
	default:
		return nil, errOtherCipher
	}
	var iv []byte
	if _, err := asn1.Unmarshal(scheme.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, err
	}
	for _, c := range ciphers {
		if !c.oid.Equal(scheme.Cipher.Algorithm) {
			continue
		}
		k, err := pbkdf2.Key(prf, passphrase, derive.Salt, derive.Rounds, c.size)
		if err != nil {
			return nil, err
		}
		block, err := c.make(k)
		if err != nil {
			return nil, err
		}
		return unpad(block, iv, data)
	}
	return nil, errOtherCipher
}

func unpad(block cipher.Block, iv, data []byte) ([]byte, error) {
	if len(iv) != block.BlockSize() || len(data) == 0 || len(data)%block.BlockSize() != 0 {
		return nil, errors.New("it is damaged")
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	n := int(plain[len(plain)-1])
	if n == 0 || n > block.BlockSize() {
		return nil, fmt.Errorf("the passphrase does not fit")
	}
	return plain[:len(plain)-n], nil
}
