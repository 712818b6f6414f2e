package pickle

// flatOther reads an int or a bool; it gives where it ends, or -1.
func flatOther(s []byte, pos int) (value, int) {
	switch b := s[pos+1:]; {
	case s[pos] == opBinint2 && len(b) > 1:
		return intValue(int64(b[0]) | int64(b[1])<<8), pos + 3
	case s[pos] == opBinint && len(b) > 3:
		n := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		return intValue(int64(int32(n))), pos + 5
	case s[pos] == opNewtrue || s[pos] == opNewfalse:
		return boolValue(s[pos] == opNewtrue), pos + 1
	case s[pos] == opLong1 && len(b) > 0 && b[0] <= 8 && len(b) > int(b[0]):
		n, bits := int(b[0]), uint64(0)
		for i := range n {
			bits |= uint64(b[1+i]) << (8 * i)
		}
		shift := 64 - 8*n
		return intValue(int64(bits<<shift) >> shift), pos + 2 + n
	case s[pos] == opInt || s[pos] == opLong:
		return flatLine(s, pos+1, s[pos])
	}
	return value{}, -1
}

// flatLine reads the text of an int or, as before protocol 2, of a bool.
func flatLine(s []byte, pos int, op byte) (value, int) {
	const longest = 21 // of an int of 64 bits, its sign and its L
	end := pos
	for end < len(s) && s[end] != '\n' {
		if end++; end-pos > longest {
			return value{}, -1
		}
	}
	if end == len(s) {
		return value{}, -1
	}
	text := string(s[pos:end]) // so short that it lies on the stack
	switch {
	case op == opInt && (text == "00" || text == "01"):
		return boolValue(text == "01"), end + 1
	case op == opLong && len(text) > 0 && text[len(text)-1] == 'L':
		text = text[:len(text)-1]
	}
	n, ok := parseDecimal(text)
	if !ok {
		return value{}, -1
	}
	return intValue(n), end + 1
}
