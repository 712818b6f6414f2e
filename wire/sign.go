package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
)

// ErrForged is what ParseRecord gives for what was not signed with the same key.
var ErrForged = errors.New("signature does not match")

// sign puts the HMAC-SHA256 of dst[from+sha256.Size:] into the room in front of it.
func sign(key, dst []byte, from int) {
	mac := hmac.New(sha256.New, key)
	mac.Write(dst[from+sha256.Size:])
	mac.Sum(dst[from:from])
}

// verify gives what follows the signature, if that is right.
func verify(key, data []byte) ([]byte, error) {
	if len(data) < sha256.Size {
		return nil, ErrForged
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(data[sha256.Size:])
	var want [sha256.Size]byte
	if !hmac.Equal(mac.Sum(want[:0]), data[:sha256.Size]) {
		return nil, ErrForged
	}
	return data[sha256.Size:], nil
}
