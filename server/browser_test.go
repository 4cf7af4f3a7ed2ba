package server_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/recon/wire"
	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
	"github.com/legworkhq/legwork/sim"
	"github.com/legworkhq/legwork/sim/pbx"
	"github.com/legworkhq/legwork/sim/script"
)

// browser starts a headless Chromium, or skips the test where there is none.
func browser(t *testing.T) context.Context {
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			found = path
			break
		}
	}
	if found == "" {
		if os.Getenv("LEGWORK_BROWSER") != "" {
			t.Fatal("LEGWORK_BROWSER is set, and there is no Chromium")
		}
		t.Skip("SKIPPED: no Chromium on this machine")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Run(ctx))
	return ctx
}

// shoot saves what is seen, where LEGWORK_SHOTS says.
func shoot(t *testing.T, ctx context.Context, name string) {
	dir := os.Getenv("LEGWORK_SHOTS")
	if dir == "" {
		return
	}
	var png []byte
	require.NoError(t, chromedp.Run(ctx, chromedp.Sleep(150*time.Millisecond), chromedp.CaptureScreenshot(&png)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}

// office is a running server with one tenant, and the address of its page.
type office struct {
	t      *testing.T
	server *server.Server
	tenant int64
	url    string
}

const officeToken = "token-of-the-office"

func openOffice(t *testing.T) *office {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "legwork.db"), sqlite.Options{})
	require.NoError(t, err)
	tenant := store.Tenant{Name: "acme", Scope: "account", Region: "US"}
	require.NoError(t, db.AddTenant(t.Context(), &tenant))
	sum := sha256.Sum256([]byte(officeToken))
	require.NoError(t, db.AddToken(t.Context(), store.Token{Name: "admin", Hash: sum[:], Role: store.RoleAdmin}))
	s, err := server.New(t.Context(), server.Options{Store: db, Log: slog.New(slog.DiscardHandler), Engine: server.EngineDefaults()})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go s.Serve(l)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = s.Close(ctx)
		db.Close()
	})
	return &office{t, s, tenant.ID, "http://" + l.Addr().String()}
}

// play makes the notifications of a scenario that began a while ago.
func (o *office) play(name string, ago time.Duration, change func(*wire.Event)) (bodies [][]byte) {
	sc, err := script.Named(name)
	require.NoError(o.t, err)
	company := pbx.Office()
	if sc.Company != nil {
		company = sc.Company()
	}
	x, err := pbx.NewExchange(company)
	require.NoError(o.t, err)
	run, err := (&sim.Case{Seed: uint64(ago), Start: wire.Time(time.Now().Add(-ago).UnixMilli()), Dialect: sc.Dialect, Script: sc.Script()}).Do(x)
	require.NoError(o.t, err)
	for i := range run.Events {
		if change != nil {
			change(&run.Events[i])
		}
		bodies = append(bodies, wire.Encode(&run.Events[i]))
	}
	return bodies
}

func (o *office) post(bodies [][]byte) {
	fates, err := o.server.Ingest(o.t.Context(), o.tenant, bodies)
	require.NoError(o.t, err)
	require.Len(o.t, fates, len(bodies))
}

// complaints gathers what the browser complains about, and requests that leave the host.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func (c *complaints) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, text)
}

func listenTo(t *testing.T, ctx context.Context, host string) *complaints {
	c := &complaints{}
	chromedp.ListenTarget(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			c.add(ev.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			c.add(fmt.Sprint(ev.Type, ev.Args))
		case *log.EventEntryAdded:
			c.add(ev.Entry.Text + " " + ev.Entry.URL)
		case *network.EventRequestWillBeSent:
			if u := ev.Request.URL; !strings.HasPrefix(u, host+"/") && !strings.HasPrefix(u, "data:") {
				c.add("asks elsewhere: " + u)
			}
		}
	})
	require.NoError(t, chromedp.Run(ctx, log.Enable(), runtime.Enable(), network.Enable()))
	return c
}

// Names that would do harm if a page took them for markup.
const evil = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>'"--> Smith`

func hostile(e *wire.Event) {
	for i := range e.Body.Parties {
		p := &e.Body.Parties[i]
		p.From.Name, p.To.Name = evil, evil
	}
}

// unnamed finds what can be clicked or typed into and has no accessible name.
const unnamed = `(() => { const bad = []; for (const e of document.querySelectorAll("a, button, input, select, [role=button], [role=tab]")) {
	if (!e.offsetParent && !(e instanceof SVGElement)) continue;
	const name = e.getAttribute("aria-label") || e.textContent.trim() || (e.labels && e.labels[0] && e.labels[0].textContent.trim()) || "";
	if (!name) bad.push(e.outerHTML.slice(0, 100)); } return bad; })()`

// faint finds text with too little contrast against what is behind it.
const faint = `(() => { const lum = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
	const parse = s => (s.match(/[\d.]+/g) || []).map(Number); const bad = [];
	for (const e of document.querySelectorAll("body *")) {
		if (!e.offsetParent || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
		let b = e, back = null; while (b && !back) { const c = parse(getComputedStyle(b).backgroundColor); if (c.length === 3 || c[3] === 1) back = c; b = b.parentElement; }
		const x = lum(parse(getComputedStyle(e).color).slice(0, 3)), y = lum((back || [255, 255, 255]).slice(0, 3));
		const ratio = (Math.max(x, y) + .05) / (Math.min(x, y) + .05); if (ratio < 4.5) bad.push(ratio.toFixed(2) + " " + e.outerHTML.slice(0, 120)); }
	return bad.slice(0, 5); })()`

const wide = `document.documentElement.scrollWidth > innerWidth`

// TestPage opens the page as people do, on a desk and on a phone, by day and by night.
func TestPage(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t)
	o.post(o.play("attended-transfer", 20*time.Minute, nil))
	o.post(o.play("conference-10", 15*time.Minute, nil))
	o.post(o.play("direct-inbound", 10*time.Minute, nil))
	o.post(o.play("missed", 8*time.Minute, hostile))
	o.post([][]byte{[]byte("<script>document.title='taken'</script> is no notification")})
	said := listenTo(t, ctx, o.url)
	for _, width := range []int64{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%d-%s", width, scheme), func(t *testing.T) { o.look(t, ctx, width, scheme) })
		}
	}
	require.Empty(t, said.list)
}

// sound holds what is seen against what every page must be.
func sound(t *testing.T, ctx context.Context, what string) {
	t.Helper()
	var over bool
	var noName, dim []string
	var title string
	require.NoError(t, chromedp.Run(ctx, chromedp.Evaluate(wide, &over), chromedp.Evaluate(unnamed, &noName), chromedp.Evaluate(faint, &dim), chromedp.Title(&title)))
	require.False(t, over, "%s is wider than the screen", what)
	require.Empty(t, noName, what)
	require.Empty(t, dim, what)
	require.NotEqual(t, "taken", title)
}

func (o *office) look(t *testing.T, ctx context.Context, width int64, scheme string) {
	name := fmt.Sprintf("%d-%s", width, scheme)
	require.NoError(t, chromedp.Run(ctx,
		network.ClearBrowserCookies(),
		chromedp.EmulateViewport(width, 900),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate(o.url+"/"),
		chromedp.WaitVisible("#token"),
		until(`document.activeElement.id === "token"`), // else Chromium complains when it is chosen by hand
	))
	sound(t, ctx, "the login")
	var at string
	require.NoError(t, chromedp.Run(ctx,
		chromedp.SendKeys("#token", officeToken+kb.Enter),
		chromedp.WaitVisible("#calls li:nth-child(4)"),
		chromedp.WaitVisible(".live.on"),
		chromedp.Location(&at),
	))
	require.NotContains(t, at, officeToken)
	sound(t, ctx, "the list")
	shoot(t, ctx, name+"-list")
	for _, look := range []struct{ call, name string }{{"4", "transfer"}, {"3", "conference"}, {"1", "hostile"}} {
		require.NoError(t, chromedp.Run(ctx,
			chromedp.Evaluate(`location.hash = "#/"`, nil),
			chromedp.WaitVisible("#calls li:nth-child("+look.call+") a"),
			chromedp.Click("#calls li:nth-child("+look.call+") a"),
			chromedp.WaitVisible(".detail .facts"),
			chromedp.WaitVisible("#ladder"),
		))
		sound(t, ctx, look.name)
		shoot(t, ctx, name+"-"+look.name)
		for _, tab := range []string{"legs", "talks", "events", "explain"} {
			require.NoError(t, chromedp.Run(ctx, chromedp.Click("#tab-"+tab), chromedp.Sleep(120*time.Millisecond)))
			sound(t, ctx, look.name+" "+tab)
			shoot(t, ctx, name+"-"+look.name+"-"+tab)
		}
		require.NoError(t, chromedp.Run(ctx, chromedp.Click("#tab-ladder")))
	}
	require.NoError(t, chromedp.Run(ctx,
		chromedp.Evaluate(`location.hash = "#/problems"`, nil),
		chromedp.WaitVisible(".detail details"),
	))
	sound(t, ctx, "the problems")
}

// until waits for a condition. The page's policy forbids what chromedp has for it.
func until(condition string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			var ok bool
			if err := chromedp.Evaluate(condition, &ok).Do(ctx); err != nil || ok {
				return err
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				return fmt.Errorf("%s: %w", condition, ctx.Err())
			}
		}
	})
}

// TestNothingBetween: a call that comes after the list was read and before the stream of
// changes begins.
func TestNothingBetween(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t)
	target, err := url.Parse(o.url)
	require.NoError(t, err)
	hold := make(chan struct{})
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/changes") {
			<-hold
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { front.CloseClientConnections(); front.Close() })
	o.post(o.play("direct-outbound", 10*time.Minute, nil))
	stored := func(n int) {
		require.Eventually(t, func() bool {
			return strings.Count(o.api("GET", "/tenants/acme/calls", "").body, `"revision"`) == n
		}, 20*time.Second, 10*time.Millisecond)
	}
	stored(1)
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	const count = `document.querySelectorAll("#calls li").length`
	require.NoError(t, chromedp.Run(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(front.URL+"/?token="+officeToken), until(count+" === 1")))
	o.post(o.play("direct-inbound", 5*time.Minute, nil))
	stored(2)
	close(hold)
	var title string
	require.NoError(t, chromedp.Run(ctx,
		until(count+" === 2"),
		chromedp.KeyEvent("/"),
		until(`document.activeElement.id === "q"`),
		chromedp.KeyEvent("nobody"),
		until(count+" === 0"),
		chromedp.Text(".detail h1", &title),
	))
	require.Equal(t, "Choose a call", title, "there are calls, if none that is looked for")
}

// TestPageWorks searches, opens, asks why, and watches a call being transferred, with
// the keyboard where people use it.
func TestPageWorks(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t)
	o.post(o.play("attended-transfer", 30*time.Minute, nil))
	o.post(o.play("direct-outbound", 10*time.Minute, nil))
	coming := o.play("attended-transfer", time.Minute, nil)
	said := listenTo(t, ctx, o.url)
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	var title, lead, kind, raw, before, after string
	const count = `document.querySelectorAll("#calls li").length`
	require.NoError(t, chromedp.Run(ctx,
		chromedp.EmulateViewport(1280, 900),
		chromedp.Navigate(o.url+"/?token="+officeToken),
		chromedp.WaitVisible("#calls li:nth-child(2)"),
		// Search: / goes to the box, a number in a usual spelling finds one call.
		chromedp.KeyEvent("/"),
		until(`document.activeElement.id === "q"`),
		chromedp.KeyEvent("(404) 555-0134"),
		until(count+" === 1"),
		chromedp.KeyEvent(kb.Enter),
		chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible("#ladder"),
		chromedp.Text(".detail h1", &title),
		chromedp.Text(".detail .lead", &lead),
	))
	require.Contains(t, title, "Ruth Calloway")
	require.Contains(t, lead, "attended transfer")
	// Why: the link in the ladder, by keyboard; then from the list of links.
	require.NoError(t, chromedp.Run(ctx,
		chromedp.Evaluate(`document.querySelector("#ladder").shadowRoot.querySelector("g.lw-link").focus()`, nil),
		chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible("#evidence pre"),
		chromedp.Text("#evidence h2", &kind),
		chromedp.Text("#evidence pre", &raw),
	))
	require.Equal(t, "attended transfer", kind)
	require.Contains(t, raw, `"code": "Gone"`)
	require.Contains(t, raw, `"reason": "AttendedTransfer"`)
	shoot(t, ctx, "evidence")
	sound(t, ctx, "the evidence")
	require.NoError(t, chromedp.Run(ctx,
		chromedp.KeyEvent(kb.Escape),
		chromedp.WaitNotVisible("#evidence"),
		chromedp.Click(".links button"),
		chromedp.WaitVisible("#evidence pre"),
		chromedp.KeyEvent(kb.Escape),
		chromedp.Click("#tab-legs"),
		chromedp.WaitVisible("svg.legs .arrow"),
		chromedp.Evaluate(`document.querySelector("svg.legs .arrow").focus()`, nil),
		chromedp.KeyEvent(kb.Enter),
		chromedp.WaitVisible("#evidence pre"),
		chromedp.KeyEvent(kb.Escape),
		chromedp.Click("#tab-ladder"),
		chromedp.KeyEvent(kb.Escape),
		chromedp.Evaluate(`document.getElementById("q").value = ""; document.getElementById("q").dispatchEvent(new Event("input"))`, nil),
		until(count+" === 2"),
	))
	// Live: a call and the consultation that it leads to appear, as two; the one is opened,
	// and transferred before our eyes.
	half := len(coming) / 2
	o.post(coming[:half])
	require.NoError(t, chromedp.Run(ctx,
		until(count+" === 4"),
		chromedp.Click("#calls li:nth-child(2) a"),
		chromedp.WaitVisible("#ladder"),
		chromedp.Text(".detail .lead", &before),
	))
	require.NotContains(t, before, "attended transfer")
	began := time.Now()
	o.post(coming[half:])
	require.NoError(t, chromedp.Run(ctx,
		until(`document.querySelector(".detail .lead").textContent.includes("attended transfer")`),
		chromedp.Text(".detail .lead", &after),
		until(count+" === 3"), // two calls became one
	))
	require.Contains(t, after, "attended transfer")
	t.Logf("shown %v after it was posted", time.Since(began).Round(time.Millisecond))
	require.Empty(t, said.list)
}

// TestPageRings: how a call will end is not told before, and least of all in red.
func TestPageRings(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t)
	o.post(o.play("direct-inbound", time.Second, nil)[:2])
	var how string
	require.NoError(t, chromedp.Run(ctx,
		chromedp.Navigate(o.url+"/?token="+officeToken),
		chromedp.WaitVisible("#calls li"),
		chromedp.Evaluate(`[...document.querySelectorAll("#calls .how span")].map(e => e.className + ":" + e.textContent).join(" ")`, &how),
	))
	require.Equal(t, ":inbound tag open:open", how)
}

// TestPageLink opens the address of a call, as somebody who got it in a mail: signed in, with
// a token, and neither.
func TestPageLink(t *testing.T) {
	ctx := browser(t)
	o := openOffice(t)
	o.post(o.play("attended-transfer", 20*time.Minute, nil))
	link := "#/t/acme/calls/" + o.settled(1)[0]
	said := listenTo(t, ctx, o.url)
	var title, at string
	require.NoError(t, chromedp.Run(ctx,
		chromedp.Navigate(o.url+"/?token="+officeToken+link),
		chromedp.WaitVisible("#ladder"),
		chromedp.Navigate("about:blank"),
		chromedp.Navigate(o.url+"/"+link),
		chromedp.WaitVisible("#ladder"),
		chromedp.Text(".detail h1", &title),
	))
	require.Contains(t, title, "Ruth Calloway")
	require.NoError(t, chromedp.Run(ctx,
		network.ClearBrowserCookies(),
		chromedp.Navigate("about:blank"),
		chromedp.Navigate(o.url+"/"+link),
		chromedp.WaitVisible("#token"),
		until(`document.activeElement.id === "token"`), // else Chromium complains when it is chosen by hand
		chromedp.SendKeys("#token", officeToken+kb.Enter),
		chromedp.WaitVisible("#ladder"),
		chromedp.Location(&at),
	))
	require.Equal(t, o.url+"/"+link, at)
	require.Empty(t, said.list)
}
