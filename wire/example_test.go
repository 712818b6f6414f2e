package wire_test

import (
	"fmt"
	"log"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/wire"
)

func ExampleNewSyslog() {
	s := wire.NewSyslog(wire.Syslog{Format: wire.RFC3164, Hostname: "web-17", AppName: "app", Process: 42, Location: time.UTC})
	r := sluice.Record{Time: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), Level: sluice.Warning, Message: "disk is full"}
	line, err := s.AppendRecord(nil, &r)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", line)
	// Output: <12>Nov 20 12:00:00 web-17 app[42]: disk is full
}

func ExampleSyslog_NewReader() {
	reader := new(wire.Syslog).NewReader()
	var r sluice.Record // filled anew by each message
	for _, line := range []string{
		"<12>Nov 20 12:00:00 web-17 app[42]: disk is full",
		"<14>Nov 20 12:00:00 web-17 app[42]: disk is empty",
	} {
		if err := reader.ParseRecordInto(&r, []byte(line)); err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.LevelText(), r.Name, r.Origin.Process, r.Message)
	}
	// Output:
	// WARNING app 42 disk is full
	// INFO app 42 disk is empty
}

func ExamplePickle_NewReader() {
	var p wire.Pickle
	reader := p.NewReader()
	var r sluice.Record // filled anew by each pickle
	for _, message := range []string{"one", "two"} {
		data, err := p.AppendRecord(nil, &sluice.Record{Level: sluice.Info, Name: "app", Message: message})
		if err != nil {
			log.Fatal(err)
		}
		if err := reader.ParseRecordInto(&r, data); err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.LevelText(), r.Name, r.Message)
	}
	// Output:
	// INFO app one
	// INFO app two
}
