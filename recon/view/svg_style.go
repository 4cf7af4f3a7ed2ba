package view

import (
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// tints is how many colours sessions take in turn.
const tints = 8

// svgStyle gives every colour a custom property. :where keeps its weight at nothing, so
// that any rule of a page wins. Each class names its light colour first, for renderers
// that know no custom properties.
var svgStyle = strings.NewReplacer("\n", "").Replace(style())

// color is a custom property with its light and dark value.
type color struct{ name, light, dark string }

var palette = []color{
	{"paper", "#ffffff", "#14171c"}, {"ink", "#1b1f26", "#e8ebf0"}, {"soft", "#5d6673", "#9aa5b4"},
	{"grid", "#e8ebef", "#272d36"}, {"lane", "#f5f6f8", "#1c2129"},
	{"talk", "#2f9e6b", "#49c78d"}, {"connected", "#2f9e6b", "#3fb27d"}, {"ringing", "#d08700", "#f0b429"},
	{"hold", "#7a5cc9", "#a78bfa"}, {"parked", "#2878c8", "#5aa9f5"}, {"voicemail", "#0f8a94", "#35c0cb"},
	{"quiet", "#8a94a3", "#7d8896"}, {"link", "#1d4fb8", "#8db4ff"}, {"warn", "#c2410c", "#ff9a5c"},
	{"s0", "#3b6fd6", "#7aa5ff"}, {"s1", "#c2557a", "#f08bae"}, {"s2", "#2d8f86", "#5cc9be"}, {"s3", "#a0742a", "#d9ad5f"},
	{"s4", "#7d5bc4", "#b39bf0"}, {"s5", "#5a8a2f", "#9bcb6c"}, {"s6", "#c0562f", "#f0956f"}, {"s7", "#54708f", "#9bb5d1"},
}

// rules are the classes; $name is a colour of the palette.
const rules = `.lw text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-size:11px;fill:$ink}
.lw .lw-paper{fill:$paper}.lw .lw-h1{font-size:15px;font-weight:650}.lw .lw-soft{fill:$soft}.lw .lw-name{font-size:13px;font-weight:600}
.lw .lw-lane{fill:$lane}.lw .lw-grid{stroke:$grid;stroke-width:1;fill:none}.lw .lw-life{stroke:$soft;stroke-width:1;stroke-dasharray:2 4;fill:none;opacity:.6}
.lw .lw-time{fill:$soft;font-variant-numeric:tabular-nums}.lw .lw-end{stroke:$ink;stroke-width:2;fill:none}.lw .lw-open{stroke:$soft;stroke-width:1.5;stroke-dasharray:5 5;fill:none}
.lw .lw-bar{stroke-width:1.25}.lw .lw-connected{stroke:$connected}.lw .lw-ringing{stroke:$ringing}
.lw .lw-holding,.lw .lw-held{stroke:$hold}.lw .lw-parked{stroke:$parked}.lw .lw-voicemail,.lw .lw-screening,.lw .lw-fax{stroke:$voicemail}
.lw .lw-setup,.lw .lw-unknown,.lw .lw-gone{stroke:$quiet}.lw .lw-gone{fill:none;stroke-width:1.5;stroke-dasharray:2 4}.lw .lw-cap{stroke:$ink;stroke-width:2;fill:none}
.lw .lw-blank{fill:$paper}.lw .lw-unsure{stroke-dasharray:4 3;stroke-width:1.75}.lw .lw-doubt{stroke:none}
.lw .lw-state text{font-size:10px;fill:$soft}.lw .lw-talk-area{fill:$talk;opacity:.09}.lw .lw-talk-line{stroke:$talk;stroke-width:2.5;fill:none}
.lw .lw-talk-dot{fill:$talk;stroke:$paper;stroke-width:1.5}.lw .lw-talk-ear{fill:$paper;stroke:$talk;stroke-width:2}
.lw .lw-talk text{fill:$talk;font-size:10px;font-weight:600}.lw .lw-halo{stroke:$paper;stroke-width:4px;stroke-linejoin:round;paint-order:stroke}
.lw .lw-dashed{stroke-dasharray:5 4}.lw .lw-link path{stroke:$link;stroke-width:1.75;fill:none}.lw .lw-link .lw-head{fill:$link;stroke:none}
.lw .lw-link .lw-proof{fill:$paper;stroke:$link;stroke-width:1.75}.lw .lw-link text{fill:$link;font-weight:600}
.lw .lw-link .lw-hit{stroke:transparent;stroke-width:16}.lw .lw-link:hover path{stroke-width:3}.lw .lw-link:hover .lw-hit{stroke-width:16}
.lw .lw-invite{stroke:$soft;stroke-width:1;fill:none}.lw .lw-invite-head{fill:$soft}
.lw .lw-mark{fill:$warn}.lw .lw-badge text{fill:$paper;font-size:10px;font-weight:700}.lw .lw-badge text.lw-wide{font-size:8px}
.lw .lw-ink-connected{fill:$connected;stroke:none}.lw .lw-ink-ringing{stroke:$ringing}.lw .lw-ink-hold{stroke:$hold}.lw .lw-ink-parked{stroke:$parked}
.lw .lw-ink-voicemail{stroke:$voicemail}.lw .lw-ink-dots{fill:$voicemail}.lw .lw-ink-quiet{stroke:$quiet}.lw .lw-ink-grain{fill:$quiet}.lw .lw-ink-paper{stroke:$paper}
`

func style() string {
	var light, dark strings.Builder
	text := rules
	for i := 0; i < tints; i++ {
		s := "s" + string(rune('0'+i))
		text += ".lw .lw-" + s + "{fill:$" + s + "}.lw .lw-tint.lw-" + s + "{opacity:.12}"
	}
	for _, c := range palette {
		light.WriteString("--lw-" + c.name + ":" + c.light + ";")
		dark.WriteString("--lw-" + c.name + ":" + c.dark + ";")
	}
	return "<style>:where(.lw){color-scheme:light dark;" + light.String() + "}@media (prefers-color-scheme:dark){:where(.lw){" +
		dark.String() + "}}" + spell(text) + "</style>"
}

// spell writes a rule's colours twice: as they are in the light, and as properties.
func spell(text string) string {
	var b strings.Builder
	for _, rule := range strings.SplitAfter(text, "}") {
		open := strings.IndexByte(rule, '{')
		if open < 0 {
			b.WriteString(rule)
			continue
		}
		b.WriteString(rule[:open+1])
		for i, d := range strings.Split(strings.TrimSuffix(rule[open+1:], "}"), ";") {
			if i > 0 {
				b.WriteByte(';')
			}
			declare(&b, d)
		}
		b.WriteByte('}')
	}
	return b.String()
}

func declare(b *strings.Builder, d string) {
	property, name, ok := strings.Cut(d, "$")
	if !ok {
		b.WriteString(d)
		return
	}
	for _, c := range palette {
		if c.name == name {
			b.WriteString(property + c.light + ";" + property + "var(--lw-" + name + ")")
		}
	}
}

// fills are the patterns of states: each differs from the others without its colour.
var fills = []struct {
	state call.LegState
	word  string
	size  string
	mark  string
}{
	{call.StateSetup, "being set up", "6", `<circle cx="3" cy="3" r="1" class="lw-ink-grain"/>`},
	{call.StateRinging, "ringing", "6", `<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" stroke-width="2" class="lw-ink-ringing"/>`},
	{call.StateConnected, "connected", "6", `<path d="M0 0H6V6H0Z" class="lw-ink-connected"/>`},
	{call.StateHolding, "holding (pressed hold)", "6", `<path d="M0 2H6" stroke-width="3.5" class="lw-ink-hold"/>`},
	{call.StateHeld, "held by another", "6", `<path d="M0 3H6" stroke-width="1.25" class="lw-ink-hold"/>`},
	{call.StateParked, "parked", "6", `<path d="M0 0L6 6M6 0L0 6" stroke-width="1.25" class="lw-ink-parked"/>`},
	{call.StateVoicemail, "voicemail", "7", `<circle cx="3.5" cy="3.5" r="2.2" class="lw-ink-dots"/>`},
	{call.StateScreening, "screening", "6", `<path d="M0 0H3V3H0ZM3 3H6V6H3Z" class="lw-ink-dots"/>`},
	{call.StateFax, "fax", "5", `<path d="M2.5 0V5" stroke-width="2" class="lw-ink-voicemail"/>`},
	{call.StateUnknown, "undocumented state", "6", `<path d="M0 3H6M3 0V6" stroke-width="1" class="lw-ink-quiet"/>`},
}

func patterns(out *markup, id string) {
	out.raw("<defs>")
	for _, f := range fills {
		pattern(out, id+"-fill-"+string(f.state), f.size, `<path d="M0 0H9V9H0Z" class="lw-blank"/>`+f.mark)
	}
	pattern(out, id+"-doubt", "6", `<path d="M-1 -1L7 7M-1 5L1 7M5 -1L7 1" stroke-width="2" class="lw-ink-paper"/>`)
	out.raw("</defs>\n")
}

func pattern(out *markup, id, size, mark string) {
	out.raw(`<pattern id="`).raw(id).raw(`" patternUnits="userSpaceOnUse" width="`).raw(size).raw(`" height="`).raw(size).raw(`">`).raw(mark).raw("</pattern>")
}

// fillOf is the state's name in classes and ids: unknown for one that has no pattern.
func fillOf(s call.LegState) call.LegState {
	for _, f := range fills {
		if f.state == s {
			return s
		}
	}
	return call.StateUnknown
}
