package sluice

// BufferingFormatter makes one text of several records: a header, each record by
// Line with nothing between, a footer. The zero BufferingFormatter writes messages
// alone. (Python: logging.BufferingFormatter.)
type BufferingFormatter struct {
	Line   Formatter                      // nil: the message alone
	Header func(records []*Record) string // nil: nothing
	Footer func(records []*Record) string // nil: nothing
}

// AppendRecords appends the text of records, which is empty if there are none.
func (f *BufferingFormatter) AppendRecords(dst []byte, records []*Record) ([]byte, error) {
	if len(records) == 0 {
		return dst, nil
	}
	line := f.Line
	if line == nil {
		var err error
		if line, err = NewFormatter("", nil); err != nil {
			return dst, err
		}
	}
	if f.Header != nil {
		dst = append(dst, f.Header(records)...)
	}
	for _, r := range records {
		var err error
		if dst, err = line.AppendRecord(dst, r); err != nil {
			return dst, err
		}
	}
	if f.Footer != nil {
		dst = append(dst, f.Footer(records)...)
	}
	return dst, nil
}
