package handlers_test

import (
	"testing"

	"golang.org/x/sys/windows/registry"

	"github.com/sluicelog/sluice/handlers"
)

// TestNTEventLogRegistry: the source is registered as Python's handler registers it,
// also over one that is there.
func TestNTEventLogRegistry(t *testing.T) {
	const path = `SYSTEM\CurrentControlSet\Services\EventLog\SluiceTest\sluice test`
	for _, dll := range []string{`C:\old.dll`, `%SystemRoot%\new.dll`} {
		h, err := handlers.NewNTEventLog("sluice test", &handlers.NTEventLogOptions{DLLName: dll, LogType: "SluiceTest"})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		file, kind, err := key.GetStringValue("EventMessageFile")
		if err != nil || file != dll || kind != registry.EXPAND_SZ {
			t.Errorf("EventMessageFile %q of type %d, %v", file, kind, err)
		}
		types, kind, err := key.GetIntegerValue("TypesSupported")
		if err != nil || types != 7 || kind != registry.DWORD {
			t.Errorf("TypesSupported %d of type %d, %v", types, kind, err)
		}
		if names, err := key.ReadValueNames(0); err != nil || len(names) != 2 {
			t.Errorf("values %q, %v", names, err)
		}
		_ = key.Close()
	}
	if err := registry.DeleteKey(registry.LOCAL_MACHINE, path); err != nil {
		t.Error(err)
	}
}
