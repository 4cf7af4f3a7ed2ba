package org

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// ParseMix reads a mix from a JSON object of facilities and whole weights,
//
//	{"direct-inbound": 40, "queue": 25}
//
// in the order of the file. Known are the facilities that may occur. The error is a
// *MixError.
func ParseMix(data []byte, known []string) (Mix, error) {
	p := &mixParser{data: data, known: known, tokens: json.NewDecoder(bytes.NewReader(data))}
	p.tokens.UseNumber()
	if err := p.object(); err != nil {
		return Mix{}, err
	}
	return p.mix, nil
}

// MixError says where and why a mix cannot be read.
type MixError struct {
	Line, Column int // from 1; columns are characters
	Text         string
}

func (e *MixError) Error() string {
	return fmt.Sprintf("org: mix, line %d, column %d: %s", e.Line, e.Column, e.Text)
}

type mixParser struct {
	data   []byte
	known  []string
	tokens *json.Decoder
	start  int64 // of the token that was read last, or could not be
	mix    Mix
}

// next reads a token; what is not JSON is a nil token.
func (p *mixParser) next() (json.Token, error) {
	p.start = p.tokens.InputOffset()
	for p.start < int64(len(p.data)) && bytes.IndexByte([]byte(" \t\r\n,:"), p.data[p.start]) >= 0 {
		p.start++
	}
	token, err := p.tokens.Token()
	if err != nil && p.start == int64(len(p.data)) {
		return nil, p.wrong("the mix ends too early")
	}
	return token, nil
}

func (p *mixParser) wrong(format string, args ...any) error {
	before := p.data[:p.start]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return &MixError{1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(line), fmt.Sprintf(format, args...)}
}

func (p *mixParser) object() error {
	if len(bytes.TrimSpace(p.data)) == 0 {
		return p.wrong("the mix is empty")
	}
	if token, _ := p.next(); token != json.Delim('{') {
		return p.wrong(`want an object such as {"name": 40}`)
	}
	for {
		token, err := p.next()
		if err != nil {
			return err
		}
		if token == json.Delim('}') {
			return p.end()
		}
		if err := p.weight(token); err != nil {
			return err
		}
	}
}

// weight reads one facility, whose name may be the token.
func (p *mixParser) weight(token json.Token) error {
	name, ok := token.(string)
	if !ok {
		return p.wrong("want a facility's name in double quotes, or the closing brace")
	}
	if !slices.Contains(p.known, name) {
		return p.wrong("%q is not a facility", name)
	}
	if slices.ContainsFunc(p.mix.Weights, func(w Weight) bool { return w.Facility == name }) {
		return p.wrong("%q occurs twice", name)
	}
	token, err := p.next()
	if err != nil {
		return err
	}
	n, err := p.number(token)
	p.mix.Weights = append(p.mix.Weights, Weight{name, n})
	return err
}

func (p *mixParser) number(token json.Token) (int, error) {
	text, _ := token.(json.Number)
	n, err := strconv.Atoi(text.String())
	if err != nil || n < 0 || n > MaxWeight {
		return 0, p.wrong("want a whole number from 0 to %d", MaxWeight)
	}
	return n, nil
}

// end is after the closing brace.
func (p *mixParser) end() error {
	if !p.mix.some() {
		return p.wrong("no weight is above zero")
	}
	p.start = p.tokens.InputOffset()
	if rest := bytes.TrimLeft(p.data[p.start:], " \t\r\n"); len(rest) > 0 {
		p.start = int64(len(p.data) - len(rest))
		return p.wrong("more follows the mix")
	}
	return nil
}
