package explain

import (
	"slices"
	"strings"

	"github.com/legworkhq/legwork/recon/call"
)

// titles says each kind of finding in plain words.
var titles = map[call.FindingKind]string{
	call.MissingEvents: "Events are missing", call.UnseenParties: "Some parties were never reported", call.UnresolvedPeer: "A named session never arrived",
	call.OneSidedLink: "Only one end of a link was reported", call.UnexplainedGone: "A party is Gone without an explanation",
	call.UnknownCode: "An unknown status", call.UnknownReason: "An unknown reason", call.ConflictingEvents: "Two events contradict each other",
	call.TimeRegression: "Times run backwards", call.NoEnd: "The call never ended", call.MirrorSession: "A session repeats the RingOut",
	call.PartialScope: "Only one extension's view",
}

// findings prints what is strange or missing.
func (x *explainer) findings() {
	x.heading("FINDINGS")
	if len(x.call.Findings) == 0 {
		x.para("", "None: nothing strange, nothing known to be missing.")
	}
	for _, f := range x.call.Findings {
		title := titles[f.Kind]
		if title == "" {
			title = safe(string(f.Kind))
		}
		x.item("- ", title+" ("+safe(string(f.Kind))+", "+x.about(f.About)+"). "+x.short(f.Detail))
		x.evidence("      ", f.Evidence)
	}
}

// about names what a finding concerns by its letter.
func (x *explainer) about(id string) string {
	if l := x.legs[call.LegID(id)]; l != nil {
		return "party " + x.party(l.Session, l.ID)
	}
	if string(x.call.ID) == id && len(x.call.Sessions) == 0 {
		return "the call"
	}
	return "session " + x.session(call.SessionID(id))
}

// short writes a detail's party ids as letters and numbers.
func (x *explainer) short(detail string) string {
	legs := slices.Clone(x.call.Legs)
	slices.SortStableFunc(legs, func(a, b call.Leg) int { return len(b.ID) - len(a.ID) })
	for _, l := range legs {
		if l.ID != "" {
			detail = strings.ReplaceAll(detail, string(l.ID), x.party(l.Session, l.ID))
		}
	}
	return visible(detail)
}
