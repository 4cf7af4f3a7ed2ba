package pbx

// pool hands out values that the runs of a switch use one after another, so that a
// run of many allocates hardly anything.
type pool[T any] struct {
	all  []*T
	used int
}

// get returns a value as its last user left it.
func (p *pool[T]) get() *T {
	if p.used == len(p.all) {
		p.all = append(p.all, new(T))
	}
	p.used++
	return p.all[p.used-1]
}

func (p *pool[T]) reset() { p.used = 0 }

// pools holds everything that a run is made of.
type pools struct {
	people   pool[person]
	sessions pool[session]
	parties  pool[party]
	joins    pool[join]
	links    pool[link]
	talks    pool[talk]
}

func (p *pools) reset() {
	p.people.reset()
	p.sessions.reset()
	p.parties.reset()
	p.joins.reset()
	p.links.reset()
	p.talks.reset()
}

func (s *Switch) newParty() *party {
	p := s.pools.parties.get()
	*p = party{states: p.states[:0], roles: p.roles[:0], records: p.records[:0]}
	return p
}

func (s *Switch) newSession() *session {
	t := s.pools.sessions.get()
	*t = session{parties: t.parties[:0], gaps: t.gaps[:0]}
	return t
}
