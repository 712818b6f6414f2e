//go:build windows

// Command eventlog reports records to the event log of the Windows it runs in, and
// prints how their sources are registered.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"golang.org/x/sys/windows/registry"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers"
)

type source struct {
	File     string
	FileKind uint32
	Types    uint64
	Names    []string
}

func main() {
	log.SetFlags(0)
	report("SluiceA", &handlers.NTEventLogOptions{}, sluice.Debug, sluice.Info, sluice.Warning, sluice.Error, sluice.Critical, 25)
	report("SluiceB", &handlers.NTEventLogOptions{
		DLLName: `C:\my messages.dll`, LogType: "SluiceLog",
		TypeMap:   map[sluice.Level]handlers.EventType{sluice.Info: handlers.EventWarning},
		DefType:   handlers.EventInformation,
		Category:  func(r *sluice.Record) uint16 { return 7 },
		MessageID: func(r *sluice.Record) uint32 { return 0xc0000042 },
	}, sluice.Info, sluice.Error)
	report("SluiceC", &handlers.NTEventLogOptions{
		Type: func(r *sluice.Record) handlers.EventType { return handlers.EventError },
	}, sluice.Info)
	err := json.NewEncoder(os.Stdout).Encode([]source{lookUp("Application", "SluiceA"), lookUp("SluiceLog", "SluiceB")})
	if err != nil {
		log.Fatal(err)
	}
}

func report(name string, o *handlers.NTEventLogOptions, levels ...sluice.Level) {
	h, err := handlers.NewNTEventLog(name, o)
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range levels {
		r := &sluice.Record{Level: l, Message: fmt.Sprintf("%s at %v: π\nsecond line", name, l)}
		if err := h.Emit(context.Background(), r); err != nil {
			log.Fatal(err)
		}
	}
	if err := h.Close(); err != nil {
		log.Fatal(err)
	}
}

func lookUp(logtype, name string) (s source) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Services\EventLog\`+logtype+`\`+name, registry.QUERY_VALUE)
	if err != nil {
		log.Fatal(err)
	}
	defer key.Close()
	if s.File, s.FileKind, err = key.GetStringValue("EventMessageFile"); err != nil {
		log.Fatal(err)
	}
	if s.Types, _, err = key.GetIntegerValue("TypesSupported"); err != nil {
		log.Fatal(err)
	}
	if s.Names, err = key.ReadValueNames(0); err != nil {
		log.Fatal(err)
	}
	return s
}
