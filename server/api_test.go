package server_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/server/api"
)

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

func (o *office) do(method, path, token, body string, more ...string) answer {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), method, o.url+path, strings.NewReader(body))
	require.NoError(o.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(more); i += 2 {
		req.Header.Set(more[i], more[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(o.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(o.t, err)
	return answer{res.StatusCode, res.Header, string(text)}
}

func (o *office) api(method, path, body string) answer {
	o.t.Helper()
	return o.do(method, api.Prefix+path, officeToken, body)
}

// get asks, wants 200, and reads the JSON.
func (o *office) get(path string, v any) {
	o.t.Helper()
	a := o.api("GET", path, "")
	require.Equal(o.t, 200, a.status, a.body)
	require.NoError(o.t, json.Unmarshal([]byte(a.body), v))
}

func (o *office) ids(query string) (ids []string) {
	o.t.Helper()
	var list api.List
	o.get("/tenants/acme/calls"+query, &list)
	for _, c := range list.Calls {
		ids = append(ids, string(c.ID))
	}
	return ids
}

// settled waits until so many calls are there.
func (o *office) settled(n int) []string {
	o.t.Helper()
	var ids []string
	require.Eventually(o.t, func() bool { ids = o.ids(""); return len(ids) == n }, 5*time.Second, 10*time.Millisecond, "want %d calls", n)
	return ids
}

func TestSearch(t *testing.T) {
	o := openOffice(t)
	o.post(o.play("attended-transfer", 20*time.Minute, nil))
	o.post(o.play("direct-outbound", 10*time.Minute, nil))
	all := o.settled(2)
	for query, want := range map[string]int{
		"": 2, "?limit=1": 1, "?link=transfer.attended": 1, "?outcome=missed": 0, "?status=final": 2, "?direction=outbound": 1,
		"?number=%2B14045550134": 1, "?number=(404)%20555-0134": 1, "?number=404.555.0134": 1, "?number=0014045550134": 1, "?number=011%2014045550134": 1, "?number=1-404-555-0134": 1,
		"?q=tel:%2B14045550134": 1, "?q=%2B1%20(404)%20555%E2%80%910134": 1, "?number=tel:404-555-0134": 1, "?q=404%E2%80%93555%E2%80%930134": 1,
		"?q=404%20555%200134": 1, "?q=ruth": 1, "?q=CALLOWAY%20ru": 1, "?q=" + all[0]: 1, "?name=ann": 2, "?number=106": 1, "?from=2020-01-01&to=2021-01-01": 0, "?q=nobody": 0,
		"?q=%27%3BDROP%20TABLE%20calls%3B--": 0, "?name=%25": 2,
	} {
		if query == "?name=%25" {
			require.Equal(t, 400, o.api("GET", "/tenants/acme/calls"+query, "").status, "no letters")
			continue
		}
		require.Len(t, o.ids(query), want, query)
	}
	for _, bad := range []string{"?limit=0", "?limit=x", "?limit=201", "?outcome=x", "?from=yesterday", "?cursor=zzz", "?cursor=MQ", "?number=abc", "?foo=1", "?q=a;b", "?q=a&q=b", "?q=" + strings.Repeat("a", 600), "?link=transfer"} {
		a := o.api("GET", "/tenants/acme/calls"+bad, "")
		require.Equal(t, 400, a.status, bad)
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
		var p api.Problem
		require.NoError(t, json.Unmarshal([]byte(a.body), &p))
		require.Equal(t, "/api/v1/problems/parameter", p.Type)
		require.NotEmpty(t, p.Detail)
		require.Equal(t, 200, o.do("GET", p.Type, "", "").status)
	}
}

func TestOneCall(t *testing.T) {
	o := openOffice(t)
	bodies := o.play("attended-transfer", 20*time.Minute, nil)
	o.post(bodies)
	id := o.settled(1)[0]
	var g struct {
		Sessions []struct{ ID string }
		Legs     []struct{ ID string }
	}
	path := "/tenants/acme/calls/"
	o.get(path+id, &g)
	require.Len(t, g.Sessions, 2)
	for _, other := range []string{g.Sessions[1].ID, g.Legs[3].ID} {
		a := o.api("GET", path+other, "")
		require.Equal(t, 200, a.status)
		require.Equal(t, "/api/v1"+path+id, a.header.Get("Content-Location"))
	}
	for format, begins := range map[string]string{"json": "{", "text": "Ruth Calloway", "legs": "", "csv": "", "mermaid": "sequenceDiagram", "dot": "digraph", "svg": "<svg", "vcon": `{"uuid"`, "otlp": `{"resourceSpans"`} {
		a := o.api("GET", path+id+"?format="+format+"&download=1", "")
		require.Equal(t, 200, a.status, format)
		require.True(t, strings.HasPrefix(a.body, begins), a.body)
		require.Contains(t, a.header.Get("Content-Disposition"), "call-"+id)
	}
	a := o.do("GET", api.Prefix+path+id, officeToken, "", "Accept", "image/svg+xml")
	require.True(t, strings.HasPrefix(a.body, "<svg"))
	again := o.do("GET", api.Prefix+path+id, officeToken, "", "If-None-Match", o.api("GET", path+id, "").header.Get("ETag"))
	require.Equal(t, 304, again.status)
	require.Equal(t, 406, o.api("GET", path+id+"?format=pdf", "").status)
	require.Equal(t, 404, o.api("GET", path+"s-none", "").status)
	require.Contains(t, o.api("GET", path+id+"/explain", "").body, "attended")
	want := string(bytes.Join(bodies, []byte("\n"))) + "\n"
	require.Equal(t, want, o.api("GET", path+id+"/events?format=ndjson", "").body)
	require.Equal(t, want, o.api("GET", "/tenants/acme/export?what=events", "").body)
	require.Equal(t, o.api("GET", path+id, "").body, o.api("GET", "/tenants/acme/export", "").body)
	require.Equal(t, o.api("GET", path+id+"?format=csv", "").body, o.api("GET", "/tenants/acme/export?what=legs", "").body)
}

// Changes come as they happen, and a reader that lost the connection misses nothing.
func TestChangesStream(t *testing.T) {
	o := openOffice(t)
	bodies := o.play("attended-transfer", time.Minute, nil)
	read := func(from string, until func(event, data string) bool) (last string) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", o.url+api.Prefix+"/tenants/acme/changes", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+officeToken)
		req.Header.Set("Last-Event-ID", from)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
		in := bufio.NewScanner(res.Body)
		event := ""
		for in.Scan() {
			key, value, _ := strings.Cut(in.Text(), ": ")
			switch key {
			case "id":
				last = value
			case "event":
				event = value
			case "data":
				if until(event, value) {
					return last
				}
			}
		}
		require.FailNow(t, "the stream ended", "%v", in.Err())
		return ""
	}
	half := len(bodies) / 2
	o.post(bodies[:half])
	at := read("0", func(event, data string) bool { return event == "call" })
	o.post(bodies[half:])
	var gone api.Gone
	read(at, func(event, data string) bool {
		if event == "gone" {
			require.NoError(t, json.Unmarshal([]byte(data), &gone))
		}
		return event == "call" && strings.Contains(data, `"transfer.attended"`)
	})
	require.Equal(t, o.settled(1)[0], string(gone.Into))
}

// Every route needs the role that it says, a token of its tenant, and is in the document.
func TestRoutesRolesAndDocument(t *testing.T) {
	o := openOffice(t)
	o.post(o.play("attended-transfer", time.Hour, nil))
	id := o.settled(1)[0]
	require.Equal(t, 201, o.api("POST", "/tenants", `{"name":"other"}`).status)
	tokens := map[string]string{"admin": officeToken}
	for _, role := range []string{"ingest", "read", "admin"} {
		for _, tenant := range []string{"acme", "other"} {
			a := o.api("POST", "/tokens", fmt.Sprintf(`{"name":"%s-%s","role":%q,"tenant":%q}`, role, tenant, role, tenant))
			require.Equal(t, 201, a.status, a.body)
			var made struct{ Token string }
			require.NoError(t, json.Unmarshal([]byte(a.body), &made))
			tokens[role+"-"+tenant] = made.Token
		}
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Role string `json:"x-role"`
		}
	}
	o.get("/openapi.json", &doc)
	seen := 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			seen++
			method = strings.ToUpper(method)
			name := method + " " + path
			url := strings.NewReplacer("{tenant}", "acme", "{id}", id, "{name}", "nothing").Replace(path)
			none := o.do(method, api.Prefix+url, "", "")
			if op.Role == "" {
				require.NotEqual(t, 401, none.status, name)
				continue
			}
			require.Equal(t, 401, none.status, name)
			require.Equal(t, 401, o.do(method, api.Prefix+url, "wrong", "").status, name)
			if strings.Contains(path, "{tenant}") {
				for _, role := range []string{"ingest", "read", "admin"} {
					a := o.do(method, api.Prefix+url, tokens[role+"-other"], "")
					b := o.do(method, api.Prefix+strings.Replace(url, "acme", "nobody", 1), tokens[role+"-other"], "")
					require.Equal(t, 404, a.status, name)
					require.Equal(t, b.body, a.body, "%s: another tenant looks like none", name)
				}
			}
			for _, role := range []string{"ingest", "read"} {
				if role == op.Role || path == "/whoami" {
					continue
				}
				a := o.do(method, api.Prefix+url, tokens[role+"-acme"], "")
				require.Equal(t, 403, a.status, "%s with %s", name, role)
			}
			if op.Role == "admin" && !strings.Contains(path, "{tenant}") {
				require.Equal(t, 403, o.do(method, api.Prefix+url, tokens["admin-acme"], "").status, "%s with the admin of one tenant", name)
			}
		}
	}
	require.Equal(t, api.Routes(), seen, "the document lists every route")
	for _, name := range api.RouteNames() {
		method, path, _ := strings.Cut(name, " ")
		require.Contains(t, doc.Paths[path], strings.ToLower(method), name)
	}
	var list struct{ Tenants []api.Tenant }
	require.NoError(t, json.Unmarshal([]byte(o.do("GET", "/api/v1/tenants", tokens["read-other"], "").body), &list))
	require.Len(t, list.Tenants, 1)
}

// What is answered is what the document says.
func TestAnswersMatchDocument(t *testing.T) {
	o := openOffice(t)
	o.post(o.play("attended-transfer", time.Hour, nil))
	o.post([][]byte{[]byte("garbage")})
	id := o.settled(1)[0]
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(o.do("GET", "/api/v1/openapi.json", "", "").body))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("openapi.json", document))
	for _, look := range []struct{ method, path, body, schema string }{
		{"GET", "/whoami", "", "Who"}, {"GET", "/tenants", "", "Tenants"}, {"GET", "/tenants/acme/calls", "", "CallList"}, {"GET", "/tenants/acme/calls/" + id, "", "Call"},
		{"GET", "/tenants/acme/calls/" + id + "/events", "", "Events"}, {"GET", "/tenants/acme/problems", "", "Undecoded"}, {"GET", "/tenants/acme/health", "", "Health"},
		{"POST", "/tenants/acme/events", "{}", "Ingested"}, {"POST", "/tenants", `{"name":"b","notices":{"url":"https://x.example/y"}}`, "TenantAnswer"}, {"PATCH", "/tenants/b", `{"rotate":true,"region":"DE"}`, "TenantAnswer"},
		{"GET", "/tokens", "", "Tokens"}, {"POST", "/tenants/acme/rebuild", `{"dryRun":true}`, "Report"}, {"GET", "/tenants/acme/notices/dead", "", "DeadNotices"},
		{"POST", "/tenants/acme/purge", `{"number":"+19995550000"}`, "Removed"}, {"GET", "/nothing", "", "Problem"}, {"PUT", "/tenants", "", "Problem"}, {"POST", "/tenants", `{"name":"../x"}`, "Problem"},
		{"POST", "/tenants", `{"name":"b"}`, "Problem"}, {"POST", "/tenants", `{"nam":"b"}`, "Problem"}, {"POST", "/tenants", `[`, "Problem"}, {"PATCH", "/tenants/acme", `{"scope":"x"}`, "Problem"}, {"DELETE", "/tokens/admin", "", "Problem"},
	} {
		schema, err := c.Compile("openapi.json#/components/schemas/" + look.schema)
		require.NoError(t, err)
		a := o.api(look.method, look.path, look.body)
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(a.body))
		require.NoError(t, err, "%s %s: %s", look.method, look.path, a.body)
		require.NoError(t, schema.Validate(value), "%s %s: %s", look.method, look.path, a.body)
		require.Equal(t, look.schema == "Problem", a.status >= 400, "%s %s: %d", look.method, look.path, a.status)
	}
}

func TestPurgeAndRemove(t *testing.T) {
	o := openOffice(t)
	o.post(o.play("attended-transfer", time.Hour, nil))
	o.post(o.play("direct-outbound", 30*time.Minute, nil))
	o.settled(2)
	a := o.api("POST", "/tenants/acme/purge", `{"number":"(404) 555-0134"}`)
	require.Equal(t, 200, a.status)
	require.Contains(t, a.body, `"calls":1`)
	require.Len(t, o.ids(""), 1)
	require.Empty(t, o.ids("?number=4045550134"))
	time.Sleep(1200 * time.Millisecond) // the engine has forgotten it too: nothing comes back
	require.Len(t, o.ids(""), 1)
	a = o.api("POST", "/backup", "")
	require.Equal(t, 200, a.status)
	require.True(t, strings.HasPrefix(a.body, "SQLite format 3"))
	require.NotContains(t, a.body, "4045550134")
	require.Equal(t, 204, o.api("DELETE", "/tenants/acme", "").status)
	require.Equal(t, 404, o.api("GET", "/tenants/acme/calls", "").status)
	require.Equal(t, 404, o.do("POST", "/webhooks/acme", "", "{}").status)
}

// A country that is none would find no number.
func TestRegion(t *testing.T) {
	o := openOffice(t)
	require.Equal(t, 201, o.api("POST", "/tenants", `{"name":"de","region":"DE"}`).status)
	require.Equal(t, 400, o.api("POST", "/tenants", `{"name":"xx","region":"XX"}`).status)
}

// What no notice can be delivered to is refused.
func TestUndeliverable(t *testing.T) {
	o := openOffice(t)
	for url, why := range map[string]string{
		"http://": "want an address such as", "https://:443/x": "want an address such as", "https://crm.example.com/x#y": "want an address such as", "https://crm.example.com:99999/": "want an address such as", "https://crm.example.com/a b": "want an address such as",
		"https://me:secret@crm.example.com/x": "want an address such as", "http://crm.example.com/x": "use https, or set notices.allowHTTP",
		"https://localhost/x": "list its network in notices.allow", "https://10.1.2.3/x": "list its network in notices.allow", "https://[::ffff:127.0.0.1]/x": "list its network in notices.allow",
	} {
		a := o.api("POST", "/tenants", `{"name":"x","notices":{"url":"`+url+`"}}`)
		require.Equal(t, 400, a.status, url)
		require.Contains(t, a.body, why, url)
	}
	require.Equal(t, 201, o.api("POST", "/tenants", `{"name":"x","notices":{"url":"https://crm.example.com/x"}}`).status)
}

func TestWebhook(t *testing.T) {
	o := openOffice(t)
	require.Equal(t, 201, o.api("POST", "/tenants", `{"name":"shut","token":"s3cret"}`).status)
	body := string(o.play("direct-inbound", time.Hour, nil)[0])
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, body)
	z.Close()
	var bomb bytes.Buffer
	z = gzip.NewWriter(&bomb)
	z.Write(make([]byte, 64<<20))
	z.Close()
	const path = "/webhooks/shut"
	hand := o.do("POST", path, "", "", "Validation-Token", "echo me")
	require.Equal(t, 200, hand.status)
	require.Equal(t, "echo me", hand.header.Get("Validation-Token"))
	for _, c := range []struct {
		what   string
		got    answer
		status int
	}{
		{"no token", o.do("POST", path, "", body), 401},
		{"wrong token", o.do("POST", path, "", body, "Verification-Token", "nope"), 401},
		{"right token", o.do("POST", path, "", body, "Verification-Token", "s3cret"), 200},
		{"right token, the other header, again", o.do("POST", path, "", body, "Validation-Token", "s3cret"), 200},
		{"packed", o.do("POST", path, "", packed.String(), "Verification-Token", "s3cret", "Content-Encoding", "gzip"), 200},
		{"a bomb", o.do("POST", path, "", bomb.String(), "Verification-Token", "s3cret", "Content-Encoding", "gzip"), 413},
		{"not packed", o.do("POST", path, "", body, "Verification-Token", "s3cret", "Content-Encoding", "gzip"), 400},
		{"garbage is kept", o.do("POST", path, "", "\x00\xff garbage", "Verification-Token", "s3cret"), 200},
		{"deep", o.do("POST", path, "", strings.Repeat("[", 1<<19), "Verification-Token", "s3cret"), 200},
		{"too large", o.do("POST", path, "", strings.Repeat("x", 2<<20), "Verification-Token", "s3cret"), 413},
		{"nothing", o.do("POST", path, "", "", "Verification-Token", "s3cret"), 400},
		{"no post", o.do("GET", path, "", ""), 405},
		{"nobody", o.do("POST", "/webhooks/none", "", body), 404},
		{"a trick", o.do("POST", "/webhooks/..%2fapi%2fv1%2ftenants", "", body), 404},
	} {
		require.Equal(t, c.status, c.got.status, c.what)
		if c.status == 200 {
			require.Empty(t, c.got.body, c.what)
		}
	}
	var p struct{ Problems []api.Undecoded }
	o.get("/tenants/shut/problems", &p)
	require.Len(t, p.Problems, 2)
	a := o.api("GET", "/tenants/shut/export?what=events", "")
	require.Equal(t, 3, strings.Count(a.body, "\n"), "what came twice is kept once")
}
