package sluice_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/sluicelog/sluice"
)

func ExampleNewFormatter_styles() {
	for _, o := range []struct {
		Style  sluice.Style
		Format string
	}{
		{sluice.Percent, "%(levelname)-8s %(message)s took %(ms).1f ms"},
		{sluice.Brace, "{levelname:<8} {message} took {ms:.1f} ms"},
		{sluice.Dollar, "$levelname $message took $ms ms"},
	} {
		f, err := sluice.NewFormatter(o.Format, &sluice.FormatterOptions{Style: o.Style})
		if err != nil {
			fmt.Println(err)
			return
		}
		slog.New(sluice.NewHandler(sluice.NewStream(os.Stdout, f), nil)).Info("query", "ms", 12.25)
	}
	// Output:
	// INFO     query took 12.2 ms
	// INFO     query took 12.2 ms
	// INFO query took 12.25 ms
}

func ExampleNewFormatter_escape() {
	for _, o := range []*sluice.FormatterOptions{nil, {Escape: true}, {Escape: true, MultiLine: true}} {
		f, err := sluice.NewFormatter("%(levelname)s %(message)s", o)
		if err != nil {
			fmt.Println(err)
			return
		}
		log := slog.New(sluice.NewHandler(sluice.NewStream(os.Stdout, f), nil))
		log.Warn("user ann\nCRITICAL the disk is gone", sluice.Exc(errors.New("forged")))
	}
	// Output:
	// WARNING user ann
	// CRITICAL the disk is gone
	// *errors.errorString: forged
	// WARNING user ann\nCRITICAL the disk is gone\n*errors.errorString: forged
	// WARNING user ann
	//     CRITICAL the disk is gone
	//     *errors.errorString: forged
}

func ExampleBufferingFormatter() {
	f := sluice.BufferingFormatter{
		Header: func(rs []*sluice.Record) string { return fmt.Sprintf("%d records\n", len(rs)) },
	}
	text, err := f.AppendRecords(nil, []*sluice.Record{{Message: "one "}, {Message: "two"}})
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// 2 records
	// one two <nil>
}
