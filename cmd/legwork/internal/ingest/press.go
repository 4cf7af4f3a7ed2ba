package ingest

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// press builds graphs and renders them beside the engine: it takes drafts in order,
// renders them on as many goroutines as there are processors, and writes their texts
// in the order of the drafts.
type press struct {
	cfg     *Config
	sheet   *sheet
	work    chan *sheet
	ordered chan *sheet
	workers sync.WaitGroup
	writer  sync.WaitGroup
	failed  atomic.Bool
	closed  bool
	free    chan []byte // texts that were written, to be used again
	err     error       // of the writer, to be read when it is done
}

// sheet is some drafts and their text.
type sheet struct {
	drafts []Draft
	text   []byte
	err    error
	done   chan struct{}
}

const (
	sheetSize = 64 // drafts a sheet
	sheets    = 8  // waiting to be written
)

func newPress(cfg *Config) *press {
	p := &press{cfg: cfg, work: make(chan *sheet, sheets), ordered: make(chan *sheet, sheets), free: make(chan []byte, 2*sheets)}
	for range runtime.GOMAXPROCS(0) {
		p.workers.Go(func() {
			for s := range p.work {
				s.text = p.blank()
				s.render(cfg)
				close(s.done)
			}
		})
	}
	p.writer.Go(p.write)
	return p
}

// print adds a draft. It returns the first error of an earlier one.
func (p *press) print(d Draft) error {
	if p.failed.Load() {
		return p.close()
	}
	if p.sheet == nil {
		p.sheet = &sheet{done: make(chan struct{})}
	}
	p.sheet.drafts = append(p.sheet.drafts, d)
	if len(p.sheet.drafts) == sheetSize {
		p.send()
	}
	return nil
}

func (p *press) send() {
	p.ordered <- p.sheet
	p.work <- p.sheet
	p.sheet = nil
}

// close writes what is left and returns the first error. It may be called again.
func (p *press) close() error {
	if p.closed {
		return p.err
	}
	p.closed = true
	if p.sheet != nil {
		p.send()
	}
	close(p.work)
	close(p.ordered)
	p.workers.Wait()
	p.writer.Wait()
	return p.err
}

func (p *press) write() {
	first := true
	for s := range p.ordered {
		<-s.done
		if p.err != nil || len(s.text) == 0 && s.err == nil {
			continue
		}
		p.err = s.err
		if p.err == nil && !first && p.cfg.Between != "" {
			p.err = p.cfg.Write([]byte(p.cfg.Between))
		}
		if p.err == nil {
			p.err = p.cfg.Write(s.text)
		}
		first = false
		if p.err != nil {
			p.failed.Store(true)
		}
		select {
		case p.free <- s.text[:0]:
		default:
		}
	}
}

// blank returns memory to write on.
func (p *press) blank() []byte {
	select {
	case text := <-p.free:
		return text
	default:
		return nil
	}
}

func (s *sheet) render(cfg *Config) {
	for _, d := range s.drafts {
		before := len(s.text)
		if before > 0 {
			s.text = append(s.text, cfg.Between...)
		}
		from := len(s.text)
		if s.text, s.err = cfg.Render(s.text, d.Graph()); s.err != nil {
			return
		}
		if len(s.text) == from {
			s.text = s.text[:before] // nothing to say of this one
		}
	}
	s.drafts = nil
}
