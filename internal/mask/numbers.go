package mask

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// shape is what a text in a field for numbers is.
type shape uint8

const (
	shapeUnknown shape = iota
	shapeWord          // anonymous, conference: stays
	shapeCode          // *81, #1, 0, 911: stays
	shapeShort         // an extension number
	shapePhone         // a telephone number
	shapeCoded         // *67 and a telephone number
	shapeStarred       // *104: a code and an extension number
)

// words stand where a number or a name could. A meaning hangs on them, and they name
// nobody.
var words = []string{"anonymous", "conference", "unknown", "unavailable", "restricted", "private", "blocked", "withheld"}

func isWord(s string) bool { return slices.Contains(words, strings.ToLower(s)) }

// services are short numbers that are nobody's extension.
var services = []string{"911", "933"}

// maxShort is the length of the longest extension number. The engine takes longer ones
// for outside.
const maxShort = 6

// shapeOf tells what a text in a field for numbers is.
func shapeOf(s string) shape {
	switch {
	case isWord(s):
		return shapeWord
	case slices.Contains(services, s) || len(s) == 1 && (isDigits(s) || s == "*" || s == "#"):
		return shapeCode
	case (s[0] == '*' || s[0] == '#') && isDigits(s[1:]) && (len(s) <= 3 || isPark(s)):
		return shapeCode
	case (s[0] == '*' || s[0] == '#') && isDigits(s[1:]) && len(s) <= 1+maxShort:
		return shapeStarred
	case isDigits(s) && len(s) <= maxShort:
		return shapeShort
	case isPhone(s):
		return shapePhone
	case s[0] == '*' && len(s) > 3 && isDigits(s[1:3]) && isPhone(s[3:]):
		return shapeCoded
	}
	return shapeUnknown
}

// isPhone: seven to twenty digits, a plus before them or not, the last ones hidden by X
// or not.
func isPhone(s string) bool {
	s = strings.TrimPrefix(s, "+")
	bare := strings.TrimRight(s, "X")
	return len(s) > maxShort && len(s) <= 20 && isDigits(bare) && (len(bare) == len(s) || len(bare) >= 3)
}

// isPark: *801 to *899, which park a call or fetch it.
func isPark(s string) bool {
	return len(s) == 4 && s[:2] == "*8" && s != "*800"
}

// number replaces a telephone or extension number.
func (m *Masker) number(s string) string {
	switch shapeOf(s) {
	case shapeShort:
		return m.short(s)
	case shapePhone:
		return m.phones[s]
	case shapeCoded:
		return s[:3] + m.phones[s[3:]]
	case shapeStarred:
		return s[:1] + m.short(s[1:])
	}
	return s
}

// Park locations have numbers from 801 to 899 [documented].
const firstPark, lastPark = 801, 899

// short replaces an extension number by one of the same length. Those at which a call
// was parked, or that were dialled with a star, stay; no other becomes one of them, nor
// one of the services'.
func (m *Masker) short(s string) string {
	if len(s) != 3 || s[0] == '0' {
		return m.key.digits("short", s, 10)
	}
	if m.parks[s] {
		return s
	}
	n, _ := strconv.Atoi(s)
	var like []int // the numbers among which it is replaced
	for v := 100; v <= 999; v++ {
		if text := strconv.Itoa(v); parkLike(v) == parkLike(n) && !m.parks[text] && !slices.Contains(services, text) {
			like = append(like, v)
		}
	}
	at := m.key.permute(fmt.Sprintf("short %d", len(like)), uint64(slices.Index(like, n)), uint64(len(like)))
	return strconv.Itoa(like[at])
}

func parkLike(n int) bool { return n >= firstPark && n <= lastPark }

// park replaces what names a place to park at: locations stay, extensions and users are
// numbers.
func (m *Masker) park(s string) string { return m.number(s) }

// phone is a telephone number, taken apart: how it is written, and its digits as in
// E.164, so that two ways of writing it are masked alike.
type phone struct {
	start  string // what stands before the rest: "+1", "1", "", "+", ...
	rest   string
	hidden int // digits hidden by X
	range_ string
}

const american = "+1"

func takeApart(s string) phone {
	bare := strings.TrimPrefix(s, "+")
	p := phone{start: s[:len(s)-len(bare)], rest: bare}
	p.hidden = len(bare) - len(strings.TrimRight(bare, "X"))
	plus := p.start == "+"
	switch {
	case len(bare) == 11 && bare[0] == '1':
		p.start, p.rest, p.range_ = p.start+"1", bare[1:], american
	case len(bare) == 10 && !plus && bare[0] > '1':
		p.range_ = american
	case plus || len(bare) > 11:
		p.range_ = country(bare)
	}
	return p
}

// foreign are the ranges that authorities elsewhere keep for fiction.
var foreign = []struct {
	country, prefix string
	digits          int
}{
	{"44", "447700900", 3}, // Ofcom: 07700 900000 to 900999
	{"44", "442079460", 3}, // Ofcom: 020 7946 0000 to 0999
	{"61", "6125550", 4},   // ACMA: (02) 5550 0000 to 9999
	{"33", "3319900", 4},   // ARCEP: 01 99 00 00 00 to 99 99
}

// country is the code of a country that has a range for fiction, else that of America,
// which has the widest.
func country(digits string) string {
	for _, f := range foreign {
		if strings.HasPrefix(digits, f.country) {
			return f.country
		}
	}
	return american
}

// unassigned is the country code that no country has (ITU-T E.164: reserved).
const unassigned = "999"

// crowded is the attempt from which fictional ranges count as full.
const crowded = 64

// draw makes an attempt at replacing a telephone number. Numbers of other countries
// become American ones; where the ranges for fiction are full, those of no country.
func (k Key) draw(s string, attempt int) string {
	p := takeApart(s)
	seed := p.rest
	if p.range_ != american {
		seed = p.range_ + " " + seed
	}
	n := k.number("phone", seed+" "+strconv.Itoa(attempt))
	out := ""
	switch {
	case p.range_ == "":
		out = p.start + k.local(seed, attempt, len(p.rest))
	case attempt >= crowded:
		out = p.start + fmt.Sprintf("%s%010d", unassigned, n%1e10)
		if p.range_ == american && len(p.rest) == 10 {
			out = p.start + fmt.Sprintf("%s%07d", unassigned, n%1e7)
		}
	case p.range_ == american && len(p.rest) == 10:
		out = p.start + fictional(n)
	case p.range_ == american:
		out = p.start + "1" + fictional(n)
	default:
		out = p.start + abroad(p.range_, n)
	}
	if p.hidden > 0 {
		hidden := min(p.hidden, len(out)-len(p.start)-3)
		out = out[:len(out)-hidden] + strings.Repeat("X", hidden)
	}
	return out
}

// local is a number without a country: 555 and digits.
func (k Key) local(s string, attempt, length int) string {
	text := "555"
	for i := 0; len(text) < length; i++ {
		text += fmt.Sprintf("%04d", k.number("local "+strconv.Itoa(i), s+" "+strconv.Itoa(attempt))%1e4)
	}
	return text[:length]
}

// fictional is an American number: 555-0100 to 555-0199 of an area code.
func fictional(n uint64) string {
	area := 200 + n/100%800
	if area/10%10 == 9 || area%100 == 11 { // no area codes: N9X is for expansion, N11 for services
		area -= 10
	}
	return fmt.Sprintf("%d55501%02d", area, n%100)
}

func abroad(code string, n uint64) string {
	var ranges []int
	for i, f := range foreign {
		if f.country == code {
			ranges = append(ranges, i)
		}
	}
	f := foreign[ranges[n%uint64(len(ranges))]]
	return fmt.Sprintf("%s%0*d", f.prefix, f.digits, n/16%power(10, f.digits))
}
