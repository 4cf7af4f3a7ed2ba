package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a notice.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp" // seconds since the Unix epoch
	HeaderSignature = "webhook-signature"
)

// sign signs a message with every secret, separated by spaces: two while one is replaced
// by another. A secret is "whsec_" and base64.
func sign(secrets, id string, at time.Time, body []byte) (string, error) {
	var out []string
	for secret := range strings.FieldsSeq(secrets) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			return "", errors.New("the secret is not whsec_ and base64")
		}
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(mac(key, id, strconv.FormatInt(at.Unix(), 10), body)))
	}
	if len(out) == 0 {
		return "", errors.New("there is no secret")
	}
	return strings.Join(out, " "), nil
}

func mac(key []byte, id, timestamp string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s.%s.", id, timestamp)
	m.Write(body)
	return m.Sum(nil)
}

// tolerance is how old, or how far ahead, a message may be.
const tolerance = 5 * time.Minute

// Verify is what a receiver does: it returns an error unless one of the signatures was
// made with the secret, no more than five minutes before or after now.
func Verify(secret string, header http.Header, body []byte, now time.Time) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return errors.New("the secret is not whsec_ and base64")
	}
	id, timestamp := header.Get(HeaderID), header.Get(HeaderTimestamp)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if id == "" || err != nil {
		return errors.New("no webhook-id or webhook-timestamp")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return errors.New("too old, or from the future")
	}
	want := mac(key, id, timestamp, body)
	for s := range strings.FieldsSeq(header.Get(HeaderSignature)) {
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "v1,"))
		if err == nil && strings.HasPrefix(s, "v1,") && hmac.Equal(got, want) {
			return nil
		}
	}
	return errors.New("no signature is right")
}
