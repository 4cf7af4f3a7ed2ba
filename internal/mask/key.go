package mask

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"math/bits"
	"strconv"
)

// Key is the secret that replacements depend on. It is not safe for concurrent use.
type Key struct{ mac hash.Hash }

// NewKey makes a key of any secret bytes, which it does not keep.
func NewKey(secret []byte) Key {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("legwork mask"))
	return Key{hmac.New(sha256.New, mac.Sum(nil))}
}

// sum is the keyed hash of a value for one purpose. No purpose holds a zero byte, so
// that purpose and value cannot run into one another.
func (k Key) sum(purpose, value string) (out [sha256.Size]byte) {
	k.mac.Reset()
	io.WriteString(k.mac, purpose)
	k.mac.Write([]byte{0})
	io.WriteString(k.mac, value)
	k.mac.Sum(out[:0])
	return out
}

// number is the first eight bytes of a sum.
func (k Key) number(purpose, value string) uint64 {
	sum := k.sum(purpose, value)
	return binary.BigEndian.Uint64(sum[:])
}

// hex is the first n digits of a sum.
func (k Key) hex(purpose, value string, n int) string {
	sum := k.sum(purpose, value)
	return hex.EncodeToString(sum[:])[:n]
}

// rounds of the Feistel network. Ten are what the standard for format-preserving
// encryption asks of small domains (NIST SP 800-38G, FF1).
const rounds = 10

// permute maps the numbers below size onto themselves, one to one, and none onto itself
// where there are two: it walks one step around the circle of all numbers in a secret
// order.
func (k Key) permute(purpose string, x, size uint64) uint64 {
	if size < 2 {
		return x
	}
	at := k.shuffle(purpose, x, size, true)
	step := 1 + k.number("step", purpose)%(size-1)
	return k.shuffle(purpose, (at+step)%size, size, false)
}

// shuffle is the secret order, there or back: a Feistel network on the next even number
// of bits, walked until it is below size.
func (k Key) shuffle(purpose string, x, size uint64, back bool) uint64 {
	half := (bits.Len64(size-1) + 1) / 2
	low := uint64(1)<<half - 1
	var block [sha256.Size]byte
	tweak := k.number("tweak", purpose)
	f := func(round int, v uint64) uint64 {
		binary.BigEndian.PutUint64(block[:], tweak)
		binary.BigEndian.PutUint64(block[8:], v)
		block[16] = byte(round)
		k.mac.Reset()
		k.mac.Write(block[:17])
		k.mac.Sum(block[:0])
		return binary.BigEndian.Uint64(block[:]) & low
	}
	for {
		a, b := x>>half, x&low
		for r := range rounds {
			if back {
				a, b = b^f(rounds-1-r, a), a
			} else {
				a, b = b, a^f(r, b)
			}
		}
		if x = a<<half | b; x < size {
			return x
		}
	}
}

// permuteIn is permute among the numbers from first to last.
func (k Key) permuteIn(purpose string, x, first, last uint64) uint64 {
	return first + k.permute(purpose, x-first, last-first+1)
}

// chunk is how many digits are permuted at a time.
const chunk = 15

// digits permutes the text of a number among those of its length, in base 10 or 16. A
// first digit of 0 stays, and one that is none never becomes one.
func (k Key) digits(purpose, s string, base int) string {
	out := make([]byte, 0, len(s))
	for from := 0; from < len(s); from += chunk {
		part := s[from:min(from+chunk, len(s))]
		first, last := uint64(0), power(base, len(part))-1
		if from == 0 {
			if edge := power(base, len(part)-1); s[0] == '0' {
				last = edge - 1
			} else {
				first = edge
			}
		}
		x, _ := strconv.ParseUint(part, base, 64)
		x = k.permuteIn(purpose+" "+strconv.Itoa(len(s))+" "+s[:from], x, first, last)
		text := strconv.FormatUint(x, base)
		for range len(part) - len(text) {
			out = append(out, '0')
		}
		out = append(out, text...)
	}
	return string(out)
}

func power(base, n int) uint64 {
	p := uint64(1)
	for range n {
		p *= uint64(base)
	}
	return p
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// isHex: lower case only, as RingCentral writes it.
func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}
