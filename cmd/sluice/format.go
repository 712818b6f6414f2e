package main

import "github.com/sluicelog/sluice"

// formatter is that of the file. Whatever a record says, it is one line there.
func (c *serveCmd) formatter() (sluice.Formatter, error) {
	if named := c.Format == "logfmt" || c.Format == "json"; named && c.Style != "%" {
		return nil, usagef("--style %s goes with a --format of Python's logging, and not with %s", c.Style, c.Format)
	}
	logfmt := sluice.NewLogfmt(&sluice.LogfmtOptions{AddSource: true})
	switch c.Format {
	case "logfmt":
		return logfmt, nil
	case "json":
		return sluice.NewJSON(&sluice.JSONOptions{AddSource: true}), nil
	}
	f, err := sluice.NewFormatter(c.Format, &sluice.FormatterOptions{Style: sluice.Style(c.Style), Escape: true})
	if err != nil {
		return nil, usagef("--format: neither logfmt nor json, nor of Python's logging: %w", err)
	}
	return orLogfmt{f, logfmt}, nil
}

// orLogfmt writes a record that does not fit the format, such as one without a
// field that it names, as Logfmt, where Python would lose it.
type orLogfmt struct {
	format sluice.Formatter
	logfmt *sluice.Logfmt
}

// AppendRecord appends the record's line.
func (o orLogfmt) AppendRecord(dst []byte, r *sluice.Record) ([]byte, error) {
	out, err := o.format.AppendRecord(dst, r)
	if err != nil {
		return o.logfmt.AppendRecord(dst, r)
	}
	return out, nil
}
