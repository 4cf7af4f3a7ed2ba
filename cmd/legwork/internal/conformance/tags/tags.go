// Package tags reads expressions over tags, as Cucumber has them:
//
//	@transfer and not @park
//	(@L1 or @L2) and not @conference
//
// and godog's older form, in which a comma is "or", "&&" is "and", and a "~" before a tag
// is "not".
package tags

import (
	"fmt"
	"slices"
	"strings"
)

// Expression says which tags somebody wants. The zero Expression wants all.
type Expression struct {
	holds func([]string) bool
	// Named lists the tags in it.
	Named []string
}

// Holds reports whether something with these tags is wanted.
func (e Expression) Holds(tags []string) bool { return e.holds == nil || e.holds(tags) }

// Parse reads an expression. "" wants all.
func Parse(text string) (Expression, error) {
	p := &parser{words: split(text)}
	if len(p.words) == 0 {
		return Expression{}, nil
	}
	holds, err := p.or()
	if err == nil && p.at < len(p.words) {
		err = fmt.Errorf("%q stands where and, or, or the end was expected", p.words[p.at])
	}
	if err != nil {
		return Expression{}, fmt.Errorf("--tags %q: %w; write it like \"@transfer and not @park\"", text, err)
	}
	return Expression{holds, p.named}, nil
}

// split makes words of an expression.
func split(text string) []string {
	for _, r := range [][2]string{{"&&", " and "}, {",", " or "}, {"~", " not "}, {"(", " ( "}, {")", " ) "}} {
		text = strings.ReplaceAll(text, r[0], r[1])
	}
	return strings.Fields(text)
}

type parser struct {
	words []string
	at    int
	named []string
}

func (p *parser) next(word string) bool {
	if p.at < len(p.words) && strings.EqualFold(p.words[p.at], word) {
		p.at++
		return true
	}
	return false
}

func (p *parser) or() (func([]string) bool, error) {
	left, err := p.and()
	for err == nil && p.next("or") {
		a := left
		b, e := p.and()
		left, err = func(t []string) bool { return a(t) || b(t) }, e
	}
	return left, err
}

func (p *parser) and() (func([]string) bool, error) {
	left, err := p.not()
	for err == nil && p.next("and") {
		a := left
		b, e := p.not()
		left, err = func(t []string) bool { return a(t) && b(t) }, e
	}
	return left, err
}

func (p *parser) not() (func([]string) bool, error) {
	if p.next("not") {
		a, err := p.not()
		return func(t []string) bool { return !a(t) }, err
	}
	if p.next("(") {
		a, err := p.or()
		if err == nil && !p.next(")") {
			err = fmt.Errorf("a bracket is not closed")
		}
		return a, err
	}
	if p.at == len(p.words) {
		return nil, fmt.Errorf("a tag is missing at the end")
	}
	tag := p.words[p.at]
	if !strings.HasPrefix(tag, "@") || len(tag) == 1 {
		return nil, fmt.Errorf("%q is no tag, which begins with @", tag)
	}
	p.at++
	p.named = append(p.named, tag)
	return func(t []string) bool { return slices.Contains(t, tag) }, nil
}
