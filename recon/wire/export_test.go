package wire

// Held is the number of bytes that the scanner's buffer takes.
func (s *Scanner) Held() int { return cap(s.buf) }
