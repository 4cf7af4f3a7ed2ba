package wire

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/legworkhq/legwork/recon/internal/ms"
)

// maxDepth is how deep arrays and objects may nest. Real notifications reach 7.
const maxDepth = 64

// decoder reads one JSON text in a single pass. Its first error stops it: after
// that next and more report the end, and every other method does nothing.
type decoder struct {
	b     []byte // the caller's bytes: read, never kept
	s     string // a copy of b, which the event's strings share
	i     int    // offset of the next unread byte
	depth int
	err   *Error // Field is still to be filled in
	// semantic says that err is about types, on text that may well be JSON.
	semantic bool
	// dirty says that the text skipped last is not fit to be kept as it is: it has
	// white space between tokens, or bytes that are not UTF-8.
	dirty bool
	// names holds the unknown names of all open objects, innermost last.
	names []string
}

// object is the state of reading one JSON object.
type object struct {
	opened  bool
	seen    uint32 // known names met, one bit each
	base    int    // where this object's names start in decoder.names
	at      int    // offset of the name of the member to be read
	end     int    // of that name
	escaped string // that name, when its text does not stand for itself; end is 0 then
	many    map[string]struct{}
	// usual lists names in the order in which real notifications have them, each
	// with its quotes and colon. It makes reading them fast and decides nothing.
	usual []string
	met   int // how many of those have gone by
}

// name returns the name of the member at hand.
func (d *decoder) name(o *object) string {
	if o.end == 0 {
		return o.escaped
	}
	return d.s[o.at+1 : o.end]
}

// array is the state of reading one JSON array.
type array struct{ opened bool }

func (d *decoder) fail(at int, text string) {
	if d.err == nil {
		d.err = &Error{Offset: int64(at), Text: text}
		d.semantic = false
	}
}

// mistype reports that the value at hand is not what the field holds.
func (d *decoder) mistype(want string) {
	if d.err != nil {
		return
	}
	if d.i >= len(d.b) || kindOf(d.b[d.i]) == "" {
		d.failValue()
		return
	}
	d.fail(d.i, "want "+want+", got "+kindOf(d.b[d.i]))
	d.semantic = true
}

// failValue reports that no value starts here.
func (d *decoder) failValue() {
	if d.i >= len(d.b) {
		d.fail(len(d.b), "the input ends too early")
		return
	}
	d.fail(d.i, "want a value, got "+quoteByte(d.b[d.i]))
}

// kindOf names the kind of JSON value that starts with c, "" when none does.
func kindOf(c byte) string {
	switch {
	case c == '"':
		return "a string"
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == 't' || c == 'f':
		return "a boolean"
	case c == 'n':
		return "null"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	}
	return ""
}

func quoteByte(c byte) string {
	if c < utf8.RuneSelf {
		return strconv.QuoteRune(rune(c))
	}
	return "byte 0x" + strconv.FormatUint(uint64(c), 16)
}

// space skips white space and returns the byte after it, 0 at the end.
func (d *decoder) space() byte {
	b, i := d.b, d.i
	for i < len(b) {
		if c := b[i]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			d.i = i
			return c
		}
		i++
	}
	d.i = i
	return 0
}

// enter counts a level of nesting.
func (d *decoder) enter() bool {
	if d.depth++; d.depth > maxDepth {
		d.fail(d.i, "nested deeper than 64 levels")
		return false
	}
	return true
}

// next moves to the next member of the object at hand: its name is in o, the
// decoder stands at its value. It returns false after the last member, and on an
// error. The caller must have seen the opening brace.
func (d *decoder) next(o *object) bool {
	if d.err != nil {
		return false
	}
	if !o.opened {
		o.opened = true
		o.base = len(d.names)
		if !d.enter() {
			return false
		}
		d.i++
		if d.space() == '}' {
			return d.leave(o)
		}
	} else {
		switch d.space() {
		case ',':
			d.i++
			d.space()
		case '}':
			return d.leave(o)
		default:
			d.want("',' or '}'")
			return false
		}
	}
	o.at = d.i
	return d.usualName(o) || d.anyName(o)
}

// usualName reads a name that is among the next three of the usual ones.
func (d *decoder) usualName(o *object) bool {
	rest := d.s[d.i:]
	for n := o.met; n < len(o.usual) && n < o.met+3; n++ {
		key := o.usual[n]
		if last := len(key) - 1; len(rest) > len(key) && rest[1] == key[1] && rest[last] == ':' && rest[:last] == key[:last] {
			o.met = n + 1
			d.i += len(key)
			o.end = d.i - 2
			if d.b[d.i] <= ' ' {
				d.space()
			}
			return true
		}
	}
	return false
}

func (d *decoder) anyName(o *object) bool {
	if d.i >= len(d.b) || d.b[d.i] != '"' {
		d.want("a member name")
		return false
	}
	clean := d.skipString()
	if d.err != nil {
		return false
	}
	if o.end = d.i - 1; !clean {
		o.escaped, o.end = unquote(d.s[o.at+1:o.end]), 0
	}
	if d.space() == ':' {
		d.i++
		d.space()
		return true
	}
	d.want("':'")
	return false
}

func (d *decoder) leave(o *object) bool {
	d.i++
	d.depth--
	d.names = d.names[:o.base]
	return false
}

// more moves to the next element of the array at hand, as next does for objects.
func (d *decoder) more(a *array) bool {
	if d.err != nil {
		return false
	}
	if !a.opened {
		a.opened = true
		if !d.enter() {
			return false
		}
		d.i++
		if d.space() != ']' {
			return true
		}
	} else {
		switch d.space() {
		case ',':
			d.i++
			d.space()
			return true
		case ']':
		default:
			d.want("',' or ']'")
			return false
		}
	}
	d.i++
	d.depth--
	return false
}

// want reports a missing token.
func (d *decoder) want(token string) {
	if d.i >= len(d.b) {
		d.fail(len(d.b), "the input ends too early")
		return
	}
	d.fail(d.i, "want "+token+", got "+quoteByte(d.b[d.i]))
}

// once claims one of an object's known names.
func (d *decoder) once(o *object, bit uint) bool {
	if o.seen&(1<<bit) != 0 {
		d.twice(o)
		return false
	}
	o.seen |= 1 << bit
	return true
}

func (d *decoder) twice(o *object) {
	d.fail(o.at, "duplicate member "+strconv.Quote(shorten(d.name(o))))
}

// claim claims an unknown name of an object. Few names are compared one by one,
// many through a map, so that hostile input costs no more than its length.
func (d *decoder) claim(o *object) {
	name := d.name(o)
	if o.many != nil {
		if _, dup := o.many[name]; dup {
			d.twice(o)
		}
		o.many[name] = struct{}{}
		return
	}
	own := d.names[o.base:]
	for _, n := range own {
		if n == name {
			d.twice(o)
			return
		}
	}
	d.names = append(d.names, name)
	if len(own) >= 16 {
		o.many = make(map[string]struct{}, 64)
		for _, n := range d.names[o.base:] {
			o.many[n] = struct{}{}
		}
	}
}

// is reports whether a value starts with c here. null is passed over and is no
// value; anything else is a type error that names want.
func (d *decoder) is(c byte, want string) bool {
	if d.err != nil {
		return false
	}
	if d.i < len(d.b) {
		if d.b[d.i] == c {
			return true
		}
		if d.b[d.i] == 'n' {
			d.literal("null")
			return false
		}
	}
	d.mistype(want)
	return false
}

// str reads a string member.
func (d *decoder) str(o *object, bit uint, dst *string) {
	if !d.once(o, bit) {
		return
	}
	d.stringInto(dst)
}

func (d *decoder) stringInto(dst *string) {
	if i := d.i; i < len(d.b) && d.b[i] == '"' {
		if j := plain(d.b, i+1); j < len(d.b) && d.b[j] == '"' {
			*dst = d.s[i+1 : j]
			d.i = j + 1
			return
		}
	}
	if d.is('"', "a string") {
		*dst = d.text()
	}
}

// boolean reads a boolean member.
func (d *decoder) boolean(o *object, bit uint, dst *bool) {
	if !d.once(o, bit) || d.err != nil {
		return
	}
	switch rest := d.b[d.i:]; {
	case len(rest) > 0 && rest[0] == 'f':
		d.literal("false")
	case len(rest) > 0 && rest[0] == 't':
		d.literal("true")
		*dst = d.err == nil
	case len(rest) > 0 && rest[0] == 'n':
		d.literal("null")
	default:
		d.mistype("a boolean")
	}
}

// integer reads a member that is a whole number in the range of int64.
func (d *decoder) integer(o *object, bit uint, dst *int64) {
	if !d.once(o, bit) || d.err != nil {
		return
	}
	start := d.i
	if start >= len(d.b) || d.b[start] != '-' && d.b[start]-'0' > 9 {
		d.is('0', "a number")
		return
	}
	whole := d.number()
	if d.err != nil {
		return
	}
	v, err := strconv.ParseInt(d.s[start:d.i], 10, 64)
	switch {
	case !whole:
		d.fail(start, "want a whole number, got "+shorten(d.s[start:d.i]))
		d.semantic = true
	case err != nil:
		d.fail(start, "number out of the 64-bit range: "+shorten(d.s[start:d.i]))
		d.semantic = true
	default:
		*dst = v
	}
}

// instant reads a member that is an RFC 3339 time.
func (d *decoder) instant(o *object, bit uint, dst *Time) {
	if !d.once(o, bit) {
		return
	}
	start := d.i
	var text string
	d.stringInto(&text)
	if d.err != nil || d.b[start] != '"' {
		return
	}
	m, err := ms.Parse(text)
	if err != nil {
		d.fail(start, err.Error()+": "+strconv.Quote(shorten(text)))
		d.semantic = true
		return
	}
	*dst = Time(m)
}

// literal passes over one of true, false and null.
func (d *decoder) literal(word string) {
	if !strings.HasPrefix(d.s[d.i:], word) {
		at := d.i
		for n := 0; n < len(word) && at < len(d.b) && d.b[at] == word[n]; n++ {
			at++
		}
		if at == len(d.b) {
			d.fail(at, "the input ends too early")
		} else {
			d.fail(at, "want "+word+", got "+quoteByte(d.b[at]))
		}
		return
	}
	d.i += len(word)
}

// number passes over a number and reports whether it has neither fraction nor
// exponent.
func (d *decoder) number() (whole bool) {
	b := d.b
	if b[d.i] == '-' {
		d.i++
	}
	if d.i < len(b) && b[d.i] == '0' {
		d.i++
	} else if !d.digits() {
		return false
	}
	whole = true
	if d.i < len(b) && b[d.i] == '.' {
		d.i++
		whole = false
		if !d.digits() {
			return false
		}
	}
	if d.i < len(b) && b[d.i]|0x20 == 'e' {
		d.i++
		whole = false
		if d.i < len(b) && (b[d.i] == '+' || b[d.i] == '-') {
			d.i++
		}
		d.digits()
	}
	return whole
}

func (d *decoder) digits() bool {
	start := d.i
	for d.i < len(d.b) && d.b[d.i]-'0' <= 9 {
		d.i++
	}
	if d.i == start {
		d.want("a digit")
		return false
	}
	return true
}

// text reads the string that starts here.
func (d *decoder) text() string {
	start := d.i
	clean := d.skipString()
	if d.err != nil {
		return ""
	}
	if s := d.s[start+1 : d.i-1]; !clean {
		return unquote(s)
	} else {
		return s
	}
}

// skipString passes over a string and reports whether its text stands for itself:
// without escapes, and UTF-8.
func (d *decoder) skipString() (clean bool) {
	b, i := d.b, d.i+1
	start := i
	escaped, ascii := false, true
	for {
		i = plain(b, i)
		if i >= len(b) {
			d.fail(len(b), "the input ends inside a string")
			return false
		}
		switch c := b[i]; {
		case c == '"':
			d.i = i + 1
			valid := ascii || utf8.Valid(b[start:i])
			d.dirty = d.dirty || !valid
			return valid && !escaped
		case c >= utf8.RuneSelf:
			ascii = false
			i++
		case c < ' ':
			d.fail(i, "control character "+quoteByte(c)+" inside a string")
			return false
		default:
			escaped = true
			n := escapeLen(b[i:])
			if n == 0 {
				d.failEscape(i)
				return false
			}
			i += n
		}
	}
}

// escapeLen returns the length of the escape that b starts with, 0 when it is
// none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) >= 6 && isHex(string(b[2:6])) {
			return 6
		}
	}
	return 0
}

// failEscape tells a wrong escape from one that the input cuts off.
func (d *decoder) failEscape(at int) {
	rest := d.b[at:]
	if len(rest) < 2 || rest[1] == 'u' && len(rest) < 6 && (len(rest) == 2 || isHex(string(rest[2:]))) {
		d.fail(len(d.b), "the input ends inside a string")
		return
	}
	d.fail(at, "bad escape in a string")
}

// skip passes over any value, checking it in full.
func (d *decoder) skip() {
	if d.err != nil {
		return
	}
	if d.i >= len(d.b) {
		d.failValue()
		return
	}
	switch c := d.b[d.i]; c {
	case '"':
		d.skipString()
	case '{':
		d.skipObject()
	case '[':
		d.skipArray()
	case 't':
		d.literal("true")
	case 'f':
		d.literal("false")
	case 'n':
		d.literal("null")
	default:
		if c != '-' && c-'0' > 9 {
			d.failValue()
			return
		}
		d.number()
	}
}

func (d *decoder) skipObject() {
	var o object
	for d.next(&o) {
		d.claim(&o)
		d.skip()
	}
}

func (d *decoder) skipArray() {
	var a array
	for d.more(&a) {
		d.skip()
	}
}

// unknown keeps the member at hand.
func (d *decoder) unknown(o *object, dst *Members) {
	d.claim(o)
	if value := d.raw(); d.err == nil {
		*dst = append(*dst, Member{Name: d.name(o), Value: value})
	}
}

// raw passes over a value and returns its text, fit to be kept.
func (d *decoder) raw() string {
	start := d.i
	d.dirty = false
	d.skip()
	if d.err != nil {
		return ""
	}
	text := d.s[start:d.i]
	if d.dirty || strings.ContainsAny(text, " \t\r\n") {
		return tidy(text)
	}
	return text
}

// tidy removes white space between the tokens of a JSON text and replaces what is
// not UTF-8.
func tidy(s string) string {
	out := make([]byte, 0, len(s))
	inString := false
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case !inString && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			i++
			continue
		case c == '"':
			inString = !inString
		case c == '\\' && i+1 < len(s):
			out = append(out, c, s[i+1])
			i += 2
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			out = utf8.AppendRune(out, r)
			i += size
			continue
		}
		out = append(out, c)
		i++
	}
	return string(out)
}

// unquote resolves the escapes of a valid JSON string's inside. A lone surrogate
// and each byte that is not UTF-8 become U+FFFD.
func unquote(s string) string {
	out := make([]byte, 0, len(s)+8)
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			out = utf8.AppendRune(out, r)
			i += size
		case c != '\\' || i+1 >= len(s):
			out = append(out, c)
			i++
		case s[i+1] == 'u':
			r, n := escapedRune(s[i:])
			out = utf8.AppendRune(out, r)
			i += n
		default:
			out = append(out, unescaped(s[i+1]))
			i += 2
		}
	}
	return string(out)
}

// escapedRune reads \uXXXX, or a surrogate pair of two, and its length.
func escapedRune(s string) (r rune, n int) {
	r, ok := hex4(s)
	if !ok {
		return utf8.RuneError, min(len(s), 6)
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hex4(s[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(v), err == nil
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c // quote, backslash, slash
}

// plain returns the offset of the first byte from i on that ends or complicates a
// string: a quote, a backslash, a control character, or anything beyond ASCII. It
// looks at eight bytes at a time: in each, the top bit of the mask is set for such
// a byte, and exactly so up to and including the first.
func plain(b []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		mask := ((x - ones*' ') | ((x ^ ones*'"') - ones) | ((x ^ ones*'\\') - ones) | x) & tops
		if mask != 0 {
			return i + bits.TrailingZeros64(mask)>>3
		}
		i += 8
	}
	for i < len(b) && b[i] >= ' ' && b[i] < utf8.RuneSelf && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}
