package wire_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// twoParties is a notification of the usual shape with two parties, 1.5 KB, made
// up from masked values.
const twoParties = `{"uuid":"4654793329359724763","event":"/restapi/v1.0/account/809646016/extension/979428016/telephony/sessions","timestamp":"2023-10-25T16:34:04.373Z","subscriptionId":"72ec1f81-4864-40b4-951b-48f343897027","ownerId":"62264425016","body":{"sequence":7,"sessionId":"1160271560016","telephonySessionId":"s-a0d17e3226ac5z18b67af8d17z38176bd0000","serverId":"10.13.23.227.TAM","eventTime":"2023-10-25T16:34:04.300Z","parties":[` +
	`{"accountId":"809646016","extensionId":"979428016","id":"p-a0d17e3226ac5z18b67af8d17z38176bd0000-1","direction":"Outbound","to":{"phoneNumber":"11101","name":"Alex Rivera","extensionId":"809646016"},"from":{"phoneNumber":"+14155550102","name":"Jo Lindqvist","extensionId":"979428016","deviceId":"210759647016"},"status":{"code":"Answered","rcc":false},"park":{},"missedCall":false,"standAlone":false,"muted":false},` +
	`{"accountId":"809646016","extensionId":"809646016","id":"p-a0d17e3226ac5z18b67af8d17z38176bd0000-2","direction":"Inbound","to":{"phoneNumber":"11101","name":"Alex Rivera","extensionId":"809646016"},"from":{"phoneNumber":"11104","name":"Jo Lindqvist","extensionId":"979428016","deviceId":"210759647016"},"status":{"code":"Answered","mobilePickupData":{"ccMailboxes":["809646016"],"to":"#1088016@sip.ringcentral.com:5060","sid":"35613554448848","srvLvl":"-149699523","srvLvlExt":"406"},"rcc":false},"park":{},"missedCall":false,"standAlone":false,"muted":false}` +
	`],"origin":{"type":"Call"}}}`

// oneParty is the commonest notification, 0.9 KB.
const oneParty = `{"uuid":"4540635337267437856","event":"/restapi/v1.0/account/809646016/extension/979428016/telephony/sessions","timestamp":"2020-06-23T01:17:14.402Z","subscriptionId":"2461434a-276a-4073-bd26-34089effbad5","ownerId":"809646016","body":{"sequence":4,"sessionId":"429182360016","telephonySessionId":"s-f9badb80011344259059d6894a30ace2","serverId":"10.13.20.241.TAM","eventTime":"2020-06-23T01:17:14.388Z","parties":[{"accountId":"809646016","extensionId":"979428016","id":"p-f9badb80011344259059d6894a30ace2-1","direction":"Outbound","to":{"phoneNumber":"11101","name":"Alex Rivera","extensionId":"809646016"},"from":{"phoneNumber":"+14155550102","name":"Jo Lindqvist","extensionId":"979428016","deviceId":"210759647016"},"status":{"code":"Answered","mobilePickupData":{"ccMailboxes":["809646016"],"to":"#1088016@sip.ringcentral.com:5060","sid":"35613554448848","srvLvl":"-149699523","srvLvlExt":"406"},"rcc":false},"park":{},"missedCall":false,"standAlone":false,"muted":false}],"origin":{"type":"Call"}}}`

// captures returns the lines of the real captures, which lie beside the project
// and not in it. Without them the test is skipped.
func captures(t testing.TB) map[string][][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "captures", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no captures at ../shared/captures (relative to the module): real payloads not tested")
	}
	out := map[string][][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range bytes.Split(b, []byte("\n")) {
			if len(line) > 0 {
				out[filepath.Base(f)] = append(out[filepath.Base(f)], line)
			}
		}
	}
	return out
}
