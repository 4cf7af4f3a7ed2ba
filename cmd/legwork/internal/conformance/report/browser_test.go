package report_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
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

// TestInABrowser opens the page as people do: on a desk and on a phone, by day and by
// night. Nothing is wider than the screen, nothing complains, and the filter filters.
func TestInABrowser(t *testing.T) {
	ctx := browser(t)
	dir, _ := written(t, sample())
	var complaints []string
	chromedp.ListenTarget(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, ev.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			complaints = append(complaints, fmt.Sprint(ev.Type, ev.Args))
		case *log.EventEntryAdded:
			complaints = append(complaints, ev.Entry.Text)
		}
	})
	require.NoError(t, chromedp.Run(ctx, log.Enable(), runtime.Enable()))
	for _, width := range []int64{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			name := fmt.Sprintf("%d-%s", width, scheme)
			t.Run(name, func(t *testing.T) {
				look(t, ctx, dir, width, scheme, name)
			})
		}
	}
	require.Empty(t, complaints)
}

func look(t *testing.T, ctx context.Context, dir string, width int64, scheme, name string) {
	var over bool
	var title, contrast string
	var all, few int
	const shownRows = `[...document.querySelectorAll(".matrix tr.case")].filter(r => r.offsetParent).length`
	require.NoError(t, chromedp.Run(ctx,
		chromedp.EmulateViewport(width, 900),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate("file://"+filepath.Join(dir, "index.html")),
		chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &over),
		chromedp.Evaluate(shownRows, &all),
		chromedp.Evaluate(contrasts, &contrast),
		chromedp.SendKeys("#text", "transfer.blind"),
		chromedp.Evaluate(shownRows, &few),
		chromedp.Title(&title),
	))
	require.False(t, over, "the page is wider than the screen")
	require.Equal(t, len(sample().Cases), all)
	require.Equal(t, 4, few)
	require.NotContains(t, title, "taken")
	require.Empty(t, contrast)
	shoot(t, ctx, name+"-index")

	require.NoError(t, chromedp.Run(ctx,
		chromedp.Evaluate(`document.querySelector("a.cell.FAIL").click()`, nil),
		chromedp.WaitVisible(".outcome.FAIL"),
		chromedp.Evaluate(`document.querySelectorAll("details")[1].open = true`, nil),
		chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &over),
		chromedp.Evaluate(contrasts, &contrast),
		chromedp.WaitVisible("pre.body"),
		chromedp.WaitReady("mark"),
		chromedp.Title(&title),
	))
	require.False(t, over, "the page of a result is wider than the screen")
	var told int
	require.NoError(t, chromedp.Run(ctx,
		chromedp.Evaluate(`document.querySelectorAll(".facing tr.wrong").length`, &told),
		chromedp.Evaluate(`document.querySelector("details.json").open = true`, nil),
		chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &over),
	))
	require.Positive(t, told, "no fact is marked as wrong")
	require.False(t, over, "the JSON is wider than the screen")
	require.Empty(t, contrast)
	require.NotContains(t, title, "taken")
	shoot(t, ctx, name+"-result")

	var at string
	require.NoError(t, chromedp.Run(ctx,
		chromedp.Evaluate(`document.querySelector("a.mistake").click()`, nil),
		chromedp.WaitVisible(".glossary section:target"),
		chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &over),
		chromedp.Evaluate(contrasts, &contrast),
		chromedp.Location(&at),
	))
	require.Contains(t, at, "glossary.html#")
	require.False(t, over, "the glossary is wider than the screen")
	require.Empty(t, contrast)
	shoot(t, ctx, name+"-glossary")
}

// TestTheFilterIsFoundAgain: by level and class, and after going to a result and back.
// The heads of the table stay in sight.
func TestTheFilterIsFoundAgain(t *testing.T) {
	ctx := browser(t)
	dir, _ := written(t, sample())
	const choose = `(() => { for (const [id, v] of [["level", "L3"], ["class", "FAIL"]]) { const e = document.getElementById(id); e.value = v; e.dispatchEvent(new Event("input", {bubbles: true})); } })()`
	const rows = `[...document.querySelectorAll("tr.case")].filter(r => r.offsetParent).map(r => r.closest(".level").dataset.level + ":" + r.dataset.classes.includes("FAIL"))`
	var first, again, none, one []string
	var top float64
	require.NoError(t, chromedp.Run(ctx,
		chromedp.EmulateViewport(1280, 600),
		chromedp.Navigate("file://"+filepath.Join(dir, "index.html")),
		chromedp.Evaluate(`document.querySelectorAll(".level")[3].querySelectorAll("tr.case")[12].scrollIntoView({block: "center"})`, nil),
		chromedp.Evaluate(`document.querySelectorAll(".level")[3].querySelector("thead th").getBoundingClientRect().top`, &top),
		chromedp.Evaluate(choose, nil),
		chromedp.Evaluate(rows, &first),
		chromedp.Evaluate(`[...document.querySelectorAll("tr.case a.cell.FAIL")].find(a => a.offsetParent).click()`, nil),
		chromedp.WaitVisible(".outcome.FAIL"),
		chromedp.NavigateBack(),
		chromedp.WaitVisible(".filters"),
		chromedp.Evaluate(rows, &again),
		chromedp.SetValue("#text", "nothing of the kind"),
		chromedp.Evaluate(`document.getElementById("text").dispatchEvent(new Event("input", {bubbles: true}))`, nil),
		chromedp.WaitVisible("p.none"),
		chromedp.Evaluate(rows, &none),
		chromedp.Evaluate(`document.querySelector("a.filter").click()`, nil),
		chromedp.Evaluate(rows, &one),
	))
	require.InDelta(t, 0, top, 1, "the head has scrolled away")
	require.NotEmpty(t, first)
	for _, x := range first {
		require.Equal(t, "L3:true", x)
	}
	require.Equal(t, first, again)
	require.Empty(t, none)
	require.NotEmpty(t, one)
}

// contrasts names the first text whose contrast to its ground is below 4.5 to 1.
const contrasts = `(() => {
  const rgb = (s) => s.match(/[\d.]+/g).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const ground = (el) => { for (; el; el = el.parentElement) { const c = rgb(getComputedStyle(el).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  for (const el of document.querySelectorAll("body *")) {
    if (!el.offsetParent || ![...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = lum(rgb(getComputedStyle(el).color)), b = lum(ground(el));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) return el.tagName + "." + el.className + " " + ratio.toFixed(2) + ": " + el.textContent.slice(0, 40);
  }
  return "";
})()`

// shoot keeps a picture where LEGWORK_PICTURES names a folder, for people to look at.
func shoot(t *testing.T, ctx context.Context, name string) {
	dir := os.Getenv("LEGWORK_PICTURES")
	if dir == "" {
		return
	}
	var png []byte
	require.NoError(t, chromedp.Run(ctx, chromedp.FullScreenshot(&png, 100)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}
