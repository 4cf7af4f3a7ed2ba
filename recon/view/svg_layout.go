package view

import (
	"math/bits"
	"slices"
	"sort"

	"github.com/legworkhq/legwork/recon/call"
)

const (
	barWidth    = 14
	railWidth   = 18 // of one session beside the times
	timesWidth  = 66
	headHeight  = 92  // title and date
	laneHead    = 50  // name and number
	linkRow     = 24  // an arrow and its label
	talkRow     = 24  // a talk and its length
	stateRow    = 16  // the names of states
	roomyPitch  = 108 // from bar to bar, with the names of states between
	closePitch  = 34  // without
	closeTracks = 16  // more bars than this stand close
	tallLadder  = 640 // longer ones repeat the names at the bottom
	minLadder   = 660
)

// instant is a moment at which something happens, and its place on the page.
type instant struct {
	at           call.Time
	y            int
	links, talks int // that begin in it
	states       bool
	usedLinks    int
	usedTalks    int
}

// lane is a participant's part of the page.
type lane struct {
	who    call.ParticipantID
	first  call.Time
	x      int
	width  int
	tracks []call.Time // when each track is free again
}

// bar is a leg's place: bars[i] is that of Legs[i].
type bar struct {
	lane, track int
	x           int
	from, to    call.Time // to 0: alive
}

// rail is a session's place beside the times.
type rail struct {
	x        int
	from, to call.Time
}

// ladder is one call's drawing in the making.
type ladder struct {
	*names
	markup
	teller   *storyteller
	opt      Options
	id       string
	patterns string // the beginning of the ids of the document's patterns
	instants []instant
	lanes    []lane
	laneOf   map[call.ParticipantID]int
	bars     []bar
	barOf    map[call.LegID]int
	rails    []rail
	railOf   map[call.SessionID]int
	close    bool
	pitch    int
	left     int // where the lanes begin
	top      int // where time begins
	bottom   int // where it ends
	width    int
	height   int
}

func newLadder(c *call.Call, opt Options, place int) *ladder {
	n := newNames(c)
	l := &ladder{names: n, opt: opt, id: svgID(c, place), teller: &storyteller{names: n, told: map[call.LegID]string{}},
		laneOf: make(map[call.ParticipantID]int, len(c.Participants)), barOf: make(map[call.LegID]int, len(c.Legs)),
		railOf: make(map[call.SessionID]int, len(c.Sessions))}
	l.takeInstants()
	l.spans()
	l.takeLanes()
	l.takeTracks()
	l.takeRails()
	l.placeLanes()
	l.placeInstants()
	return l
}

func (l *ladder) takeInstants() {
	c := l.call
	times := []call.Time{c.StartedAt, c.EndedAt}
	for i := range c.Sessions {
		times = append(times, c.Sessions[i].StartedAt, c.Sessions[i].EndedAt)
	}
	for i := range c.Legs {
		for _, s := range c.Legs[i].States {
			times = append(times, s.From, s.To)
		}
	}
	for i := range c.Links {
		times = append(times, c.Links[i].At)
	}
	for i := range c.Talks {
		times = append(times, c.Talks[i].From, c.Talks[i].To)
	}
	slices.Sort(times)
	for _, t := range slices.Compact(times) {
		if t != 0 {
			l.instants = append(l.instants, instant{at: t})
		}
	}
	if len(l.instants) == 0 {
		l.instants = []instant{{at: 0}}
	}
}

// when is the index of the instant, of the call's beginning for one that is unknown.
func (l *ladder) when(t call.Time) int {
	if t == 0 {
		t = l.call.StartedAt
	}
	i := sort.Search(len(l.instants), func(i int) bool { return l.instants[i].at >= t })
	return min(i, len(l.instants)-1)
}

func (l *ladder) y(t call.Time) int { return l.instants[l.when(t)].y }

// until is where an interval ends that may still go on.
func (l *ladder) until(t call.Time) int {
	if t == 0 {
		return l.bottom
	}
	return l.y(t)
}

// spans says from when to when each leg has a bar.
func (l *ladder) spans() {
	l.bars = make([]bar, len(l.call.Legs))
	for i := range l.call.Legs {
		leg := &l.call.Legs[i]
		l.barOf[leg.ID] = i
		b := &l.bars[i]
		b.from = l.call.StartedAt
		if n := len(leg.States); n > 0 {
			b.from = leg.States[0].From
			if last := leg.States[n-1]; last.State == call.StateEnded || last.State == call.StateGone {
				b.to = last.From
			}
		}
	}
}

// takeLanes gives everyone a lane, in order of their first appearance; those who are
// only named come last.
func (l *ladder) takeLanes() {
	for i := range l.call.Participants {
		l.addLane(l.call.Participants[i].ID)
	}
	for i := range l.call.Legs {
		p := l.call.Legs[i].Participant
		l.addLane(p)
		x := &l.lanes[l.laneOf[p]]
		if from := l.bars[i].from; x.first == 0 || from < x.first {
			x.first = from
		}
	}
	sort.SliceStable(l.lanes, func(i, j int) bool {
		a, b := l.lanes[i].first, l.lanes[j].first
		return a != 0 && (b == 0 || a < b)
	})
	for i := range l.lanes {
		l.laneOf[l.lanes[i].who] = i
	}
}

func (l *ladder) addLane(p call.ParticipantID) {
	if _, ok := l.laneOf[p]; !ok {
		l.laneOf[p] = len(l.lanes)
		l.lanes = append(l.lanes, lane{who: p})
	}
}

const never = call.Time(1<<63 - 1)

// takeTracks puts the bars of one lane side by side where they overlap.
func (l *ladder) takeTracks() {
	order := make([]int, len(l.bars))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return l.bars[order[i]].from < l.bars[order[j]].from })
	for _, i := range order {
		b := &l.bars[i]
		b.lane = l.laneOf[l.call.Legs[i].Participant]
		x := &l.lanes[b.lane]
		b.track = freeTrack(&x.tracks, b.from, b.to)
	}
}

func freeTrack(tracks *[]call.Time, from, to call.Time) int {
	if to == 0 {
		to = never
	}
	for i, free := range *tracks {
		if free < from {
			(*tracks)[i] = to
			return i
		}
	}
	*tracks = append(*tracks, to)
	return len(*tracks) - 1
}

// takeRails says from when to when each session goes, and where its rail stands.
func (l *ladder) takeRails() {
	l.rails = make([]rail, len(l.call.Sessions))
	var tracks []call.Time
	for i := range l.call.Sessions {
		s := &l.call.Sessions[i]
		l.railOf[s.ID] = i
		r := rail{from: s.StartedAt, to: s.EndedAt}
		if r.from == 0 {
			r.from = l.named(s.ID)
		}
		if r.to == 0 && l.call.EndedAt != 0 {
			r.to = l.call.EndedAt
		}
		r.x = timesWidth + railWidth*freeTrack(&tracks, r.from, r.to)
		l.rails[i] = r
	}
	l.left = timesWidth + railWidth*max(len(tracks), 1) + 14
}

// named is when a link first leads to a session of which nothing was seen.
func (l *ladder) named(s call.SessionID) call.Time {
	for i := range l.call.Links {
		if k := &l.call.Links[i]; k.ToSession == s {
			return k.At
		}
	}
	return l.call.StartedAt
}

func (l *ladder) placeLanes() {
	tracks := 0
	for i := range l.lanes {
		tracks += max(len(l.lanes[i].tracks), 1)
	}
	l.pitch = roomyPitch
	if l.close = tracks > closeTracks; l.close {
		l.pitch = closePitch
	}
	l.width = l.left + 16
	for i := range l.lanes {
		p := &l.lanes[i]
		p.width = max(l.pitch*len(p.tracks), 96)
		if !l.close {
			p.width += 28
		}
		l.width += p.width + 8
	}
	spare := max(minLadder-l.width, 0) / max(len(l.lanes), 1)
	l.width = max(l.width, minLadder)
	x := l.left
	for i := range l.lanes {
		p := &l.lanes[i]
		p.x, p.width = x, p.width+spare
		x += p.width + 8
	}
	for i := range l.bars {
		b := &l.bars[i]
		b.x = l.lanes[b.lane].x + 28 + l.pitch*b.track
	}
}

// placeInstants gives every instant room for what begins in it, and stretches the gaps
// between them by the logarithm of their length.
func (l *ladder) placeInstants() {
	for i := range l.call.Links {
		l.instants[l.when(l.call.Links[i].At)].links++
	}
	for i := range l.call.Talks {
		l.instants[l.when(l.call.Talks[i].From)].talks++
	}
	for i := range l.call.Legs {
		for _, s := range l.call.Legs[i].States {
			if s.State != call.StateEnded && s.State != call.StateGone {
				l.instants[l.when(s.From)].states = true
			}
		}
	}
	l.top = headHeight + laneHead + 26
	y := l.top
	for i := range l.instants {
		x := &l.instants[i]
		if i > 0 {
			y += gap(l.instants[i-1].at, x.at)
			if x.links > 0 && l.instants[i-1].states {
				y += 8 // a label stands above the arrow, and the names of states above that
			}
		}
		x.y = y
		y += max(x.links-1, 0)*linkRow + x.talks*talkRow
		if x.states {
			y += stateRow
		}
	}
	l.bottom = y + 22
	if l.call.EndedAt == 0 {
		l.bottom += 30
	}
}

// gap is the height of the time between two instants: enough for a label even for a
// millisecond, about twice as much for a minute as for a second.
func gap(a, b call.Time) int { return 14 + 6*bits.Len64(uint64(b-a)/250) }

// aliveX finds the bar of a participant at an instant: in session s if it has one there,
// else one that goes on, else any, else the beginning of the lane.
func (l *ladder) aliveX(p call.ParticipantID, t call.Time, s call.SessionID) (int, bool) {
	i, ok := l.laneOf[p]
	if !ok {
		return 0, false
	}
	best, rank := l.lanes[i].x+28, 0
	for j := range l.bars {
		b := &l.bars[j]
		if b.lane != i {
			continue
		}
		r := 1
		if b.from <= t && (b.to == 0 || t <= b.to) {
			r = 2
			if b.to != t {
				r = 3
			}
		}
		if l.call.Legs[j].Session == s {
			r += 4
		}
		if r > rank {
			best, rank = b.x, r
		}
	}
	return best, true
}
