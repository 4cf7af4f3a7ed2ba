package mask

import (
	"strconv"
	"strings"
)

// name replaces what a person, a queue or a menu is called. What is a number where a
// name should be is replaced as one.
func (m *Masker) name(s string) string {
	if numeric(s) {
		return m.number(s)
	}
	if cut, ok := m.composed[s]; ok {
		return m.name(s[:cut]) + between + m.name(s[cut+len(between):])
	}
	if isWord(s) {
		return s
	}
	return m.names[s]
}

// numeric: the name is a number.
func numeric(s string) bool {
	sh := shapeOf(s)
	return sh != shapeUnknown && sh != shapeWord
}

// between stands between queue and caller in the from of a queue call [observed].
const between = " - "

// compose finds where the name of a queue ends and that of its caller begins. ok is
// false for a name that is one.
func compose(name, queue string) (cut int, ok bool) {
	if queue != "" && strings.HasPrefix(name, queue+between) && len(name) > len(queue+between) {
		return len(queue), true
	}
	cut = strings.Index(name, between)
	return cut, cut > 0 && cut+len(between) < len(name)
}

// Given names, and syllables of surnames that nobody has.
var (
	given = strings.Fields(`Ada Alma Amos Anya Arlo Asa Bela Bram Cleo Cora Dara Dov Edda Elio Enzo Esme Ezra Faye Finn Gaia
		Gwen Hana Hugo Ida Igor Ines Iris Ivo Jana Jens Juno Kai Lara Leif Lena Lina Lou Luca Lynn Mara Mika Mila Milo Mina
		Nico Nils Noor Nora Olga Otis Owen Pia Remy Rhea Rosa Rune Runa Saul Sven Tess Tova Uma Vera Yara`)
	onset = strings.Fields("Bal Bor Dak Dor Fal Fen Gal Gor Hal Hol Jor Kal Kel Kor Lom Lor Mal Mor Nal Nor Pel Pol Ral Rov Sel Sor Tal Tor Val Vor Wel Zor")
	inner = strings.Fields("ba be bi da de di do fa fe ga ge ka ke ki ko la le li lo ma mi na ni no ra ri ro sa si ta ti va")
	coda  = strings.Fields("bek dan den dor fin gard hart kas ken kin lan lek len lis man mar met mond nen nik ran ras rek ric sen sin son tan tek ten vik zen")
)

// nameFor makes an attempt at naming a person. Later ones have more to draw from.
func (k Key) nameFor(s string, attempt int) string {
	n := k.number("name", s+" "+strconv.Itoa(attempt))
	pick := func(from []string) string {
		i := n % uint64(len(from))
		n /= uint64(len(from))
		return from[i]
	}
	text := pick(given) + " " + pick(onset) + pick(inner)
	for i := 0; i < attempt/4 && i < 4; i++ {
		text += pick(inner)
	}
	return text + pick(coda)
}

// prose replaces free text.
func (m *Masker) prose(s string) string { return "text " + m.key.hex("prose", s, 12) }
