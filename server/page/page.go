// Package page is the web page of the server: calls live and searchable, one call as a
// ladder and as a graph of legs, every link with its evidence.
//
// It is static, embedded and needs no build: assets/ holds what the browser gets, and
// everything it shows comes from the API. Nothing is loaded from elsewhere.
package page

import (
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
)

//go:embed assets
var assets embed.FS

// policy lets the page load its own files and ask its own server, and nothing else. The
// drawing's rules are taken out of it and added by script, so that no inline style is
// needed.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Handler serves the page. A visitor without a valid token in the cookie gets a form for
// one; valid says whether a request has one, and cookie is the cookie's name.
func Handler(cookie string, valid func(*http.Request) bool) http.Handler {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // it is embedded
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(files)))
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 4096)
		login(w, r, cookie, r.PostFormValue("token"))
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: cookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if token := r.URL.Query().Get("token"); token != "" {
			login(w, r, cookie, token)
			return
		}
		name := "index.html"
		if !valid(r) {
			name = "login.html"
			w.Header().Set("Legwork-Login", "wanted")
		}
		http.ServeFileFS(w, r, files, name)
	})
	return headers(mux)
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer") // the address may hold a token once
		h.Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

// login keeps the token in a cookie that no script can read, and takes it out of the
// address. What stands behind # there, such as a call, the browser keeps: the form is sent
// to the page's own address.
func login(w http.ResponseWriter, r *http.Request, cookie, token string) {
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: url.QueryEscape(strings.TrimSpace(token)), Path: "/", MaxAge: 30 * 24 * 3600,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
