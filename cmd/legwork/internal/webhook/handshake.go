package webhook

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
)

const validationToken = "Validation-Token"

// HandshakeError says why RingCentral would not accept a receiver.
type HandshakeError struct {
	Text string // what was wrong
	// Code and Message are RingCentral's answer to whoever subscribes: SUB-522 and
	// SUB-525 [documented], SUB-521 and SUB-524 [relied on].
	Code, Message string
}

func (e *HandshakeError) Error() string {
	return e.Text + "\nRingCentral would say: " + e.Code + " " + e.Message
}

// Handshake validates the receiver as RingCentral does when a subscription is made:
// a POST without a body and with a Validation-Token header, which the answer must
// repeat. The error is a *HandshakeError, or that of ctx.
func (c *Client) Handshake(ctx context.Context) error {
	token := newToken()
	a, header := c.post(ctx, http.Header{validationToken: {token}}, nil)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if a.Failure != "" {
		return c.unreachable(a)
	}
	return judge(a, token, header.Get(validationToken))
}

func (c *Client) unreachable(a Answer) error {
	e := &HandshakeError{Text: a.Why(), Code: "SUB-521", Message: "WebHook is not reachable"}
	switch a.Failure {
	case TimedOut:
		e.Text = fmt.Sprintf("no whole answer within %v", c.opt.Timeout)
	case Certificate:
		e.Code, e.Message = "SUB-524", "(the certificate)"
	}
	return e
}

func judge(a Answer, want, got string) error {
	invalid := func(format string, args ...any) error {
		return &HandshakeError{fmt.Sprintf(format, args...), "SUB-525", "WebHook server response is invalid"}
	}
	switch {
	case !a.OK():
		return &HandshakeError{a.Why(), "SUB-522", fmt.Sprintf("WebHook responds with incorrect HTTP status. HTTP status is %d", a.Status)}
	case got == "":
		return invalid("the answer has no header Validation-Token; it must repeat the one of the request")
	case got != want:
		return invalid("the answer's Validation-Token is %.60q, and the request's was %q", got, want)
	case a.Size > MaxAnswer:
		return invalid("the answer has %d bytes, headers and body; the limit is %d", a.Size, MaxAnswer)
	}
	return nil
}

// newToken returns a token that looks like RingCentral's, a random UUID.
func newToken() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
