package webhook

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// request is what a receiver got.
type request struct {
	header http.Header
	body   string
	method string
}

// serve starts a receiver that hands requests to got and answers with h.
func serve(t *testing.T, h http.HandlerFunc) (u *url.URL, got chan request) {
	t.Helper()
	got = make(chan request, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r.Header.Clone(), string(body), r.Method}
		h(w, r)
	}))
	t.Cleanup(s.Close)
	u, err := ParseURL(s.URL)
	require.NoError(t, err)
	return u, got
}

func client(t *testing.T, opt Options) *Client {
	t.Helper()
	c := New(opt)
	t.Cleanup(c.Close)
	return c
}

// echo is a receiver that does all right.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if token := r.Header.Get(validationToken); token != "" {
		w.Header().Set(validationToken, token)
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func hangInBody(w http.ResponseWriter, r *http.Request) {
	echo(w, r)
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	hang(w, r)
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func TestPostIsByteForByteAndHasTheHeaders(t *testing.T) {
	u, got := serve(t, echo)
	body := "{ \"uuid\" : \"\xff\\u0041\",\"n\":1.0e+2 } "
	a := client(t, Options{URL: u, Token: "secret"}).Post(t.Context(), []byte(body))
	require.True(t, a.OK(), "%+v", a)
	require.True(t, a.JSON())
	r := <-got
	require.Equal(t, body, r.body)
	require.Equal(t, http.MethodPost, r.method)
	require.Equal(t, "application/json; charset=UTF-8", r.header.Get("Content-Type"))
	require.Equal(t, "RingCentral-Webhook/8.3", r.header.Get("User-Agent"))
	require.Equal(t, "secret", r.header.Get("Verification-Token"))
	require.Empty(t, r.header.Get("Accept-Encoding"))
}

func TestTokenHeaderIsChosen(t *testing.T) {
	u, got := serve(t, echo)
	c := client(t, Options{URL: u, Token: "secret", TokenHeader: validationToken})
	c.Post(t.Context(), nil)
	r := <-got
	require.Equal(t, "secret", r.header.Get(validationToken))
	require.Empty(t, r.header.Get(DefaultTokenHeader))
	require.NoError(t, c.Handshake(t.Context()))
	require.NotEqual(t, "secret", (<-got).header.Get(validationToken), "the handshake has a token of its own")
}

func TestNoTokenNoHeader(t *testing.T) {
	u, got := serve(t, echo)
	client(t, Options{URL: u}).Post(t.Context(), nil)
	require.NotContains(t, (<-got).header, DefaultTokenHeader)
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		h       http.HandlerFunc
		status  int
		failure Failure
		why     string
	}{
		"500":          {status(500), 500, "", "500 Internal Server Error"},
		"204":          {status(204), 204, "", "204 No Content, not 200 OK"},
		"odd status":   {status(299), 299, "", "it answered 299"},
		"redirect":     {http.RedirectHandler("/there", 302).ServeHTTP, 302, "", "a redirect to /there"},
		"hang":         {hang, 0, TimedOut, "in time"},
		"hang in body": {hangInBody, 0, TimedOut, "in time"},
		"hang up":      {hangUp, 0, Closed, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			u, got := serve(t, c.h)
			a := client(t, Options{URL: u, Timeout: 50 * time.Millisecond}).Post(t.Context(), []byte("{}"))
			require.False(t, a.OK())
			require.Equal(t, c.status, a.Status)
			require.Equal(t, c.failure, a.Failure, "%v", a.Err)
			require.Contains(t, a.Why(), c.why)
			require.Len(t, got, 1, "one POST, and no redirect followed")
		})
	}
}

func TestRefused(t *testing.T) {
	u, _ := serve(t, echo)
	s := httptest.NewServer(nil)
	u.Host = strings.TrimPrefix(s.URL, "http://")
	s.Close()
	c := client(t, Options{URL: u})
	require.Equal(t, Refused, c.Post(t.Context(), nil).Failure)
	wantCode(t, c.Handshake(t.Context()), "SUB-521", "connection refused")
}

func TestReasonReadsLikeBlacklistedData(t *testing.T) {
	require.Equal(t, "Webhook responses with code: [404], reason: [Not Found]", Answer{Status: 404}.Reason())
	require.Equal(t, "I/O operation is failed. Details: [Read timed out]", Answer{Failure: TimedOut}.Reason())
	require.Equal(t, "I/O operation is failed. Details: [EOF]", Answer{Failure: Closed, Err: io.EOF}.Reason())
}

func wantCode(t *testing.T, err error, code, text string) {
	t.Helper()
	var e *HandshakeError
	require.True(t, errors.As(err, &e), "%v", err)
	require.Equal(t, code, e.Code, "%v", err)
	require.Contains(t, err.Error(), text)
	require.Contains(t, err.Error(), "RingCentral would say: "+code)
}

func TestHandshake(t *testing.T) {
	u, got := serve(t, echo)
	c := client(t, Options{URL: u})
	require.NoError(t, c.Handshake(t.Context()))
	first := <-got
	require.Empty(t, first.body)
	require.Equal(t, "0", first.header.Get("Content-Length"))
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, first.header.Get(validationToken))
	require.NoError(t, c.Handshake(t.Context()))
	require.NotEqual(t, first.header.Get(validationToken), (<-got).header.Get(validationToken))
}

func TestHandshakeFails(t *testing.T) {
	echoThen := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { echo(w, r); h(w, r) }
	}
	for name, c := range map[string]struct {
		h          http.HandlerFunc
		code, text string
	}{
		"no echo":  {status(200), "SUB-525", "no header Validation-Token"},
		"another":  {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(validationToken, "x") }, "SUB-525", `Validation-Token is "x"`},
		"500":      {echoThen(status(500)), "SUB-522", "HTTP status is 500"},
		"204":      {echoThen(status(204)), "SUB-522", "not 200 OK"},
		"redirect": {echoThen(http.RedirectHandler("/there", 307).ServeHTTP), "SUB-522", "a redirect to /there"},
		"long": {echoThen(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, MaxAnswer)) }),
			"SUB-525", "the limit is 1024"},
		"hang":    {hang, "SUB-521", "no whole answer within 50ms"},
		"hang up": {hangUp, "SUB-521", "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			u, _ := serve(t, c.h)
			wantCode(t, client(t, Options{URL: u, Timeout: 50 * time.Millisecond}).Handshake(t.Context()), c.code, c.text)
		})
	}
}

func TestAnswerOf1024BytesIsShortEnough(t *testing.T) {
	for _, size := range []int{MaxAnswer, MaxAnswer + 1} {
		var a Answer
		body := 700
		for range 3 { // the size of the headers depends on that of the body
			u, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { echo(w, r); _, _ = w.Write(make([]byte, body)) })
			a = client(t, Options{URL: u}).Post(t.Context(), nil)
			body += size - a.Size
		}
		require.Equal(t, size, a.Size)
		err := judge(a, "token", "token")
		require.Equal(t, size > MaxAnswer, err != nil, "%d bytes: %v", size, err)
	}
}

func TestSizeIsWhatTheServerSent(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-One: 1\r\nX-One: 2\r\n\r\nok"
	u, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, answer)
			conn.Close()
		}
	})
	require.Equal(t, len(answer), client(t, Options{URL: u}).Post(t.Context(), nil).Size)
}

func TestCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	u, err := ParseURL(s.URL)
	require.NoError(t, err)
	wantCode(t, client(t, Options{URL: u}).Handshake(t.Context()), "SUB-524", "certificate")
	require.NoError(t, client(t, Options{URL: u, Insecure: true}).Handshake(t.Context()))
}

func TestParseURL(t *testing.T) {
	for _, s := range []string{"http://localhost:8080/x", "https://example.com"} {
		_, err := ParseURL(s)
		require.NoError(t, err)
	}
	for s, text := range map[string]string{
		"":              "must begin with https://",
		"localhost:80":  "must begin with https://",
		"example.com":   "must begin with https://",
		"ftp://x":       "must begin with https://",
		"http://":       "names no host",
		"http://:80/":   "names no host",
		"http://x:y/":   "is no URL",
		"http://a b/":   "is no URL",
		"http://[::1/x": "is no URL",
	} {
		_, err := ParseURL(s)
		require.ErrorContains(t, err, text, "%q", s)
	}
}

func TestValidHeader(t *testing.T) {
	require.True(t, ValidHeader("Verification-Token", "a b\tc"))
	require.False(t, ValidHeader("", "x"))
	require.False(t, ValidHeader("Verification Token", "x"))
	require.False(t, ValidHeader("X:", "x"))
	require.False(t, ValidHeader("X", "a\r\nb: c"))
}
