/* What `belfry doctor` hears from the running gateway, and knows of its process. */
#include "admin/doctor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/ask_ops.h"
#include "admin/running.h"
#include "common/database_url.h"
#include "common/json.h"

/* What fewer descriptors allow is soon used up: a connection needs one. */
#define DESCRIPTORS_MIN 4096

static const char start_it[] =
    "start it: systemctl start belfry-gateway; if it ends again, `journalctl -u belfry-gateway` "
    "says why";

/* /readyz says why as {"status": …, "reason": …}. */
static void tell_why_unready(struct doctor *doctor, const struct buf *body)
{
    json_t *answer = json_read(body->data, body->len, NULL);
    const char *reason = json_text(answer, "reason");

    doctor_fault(doctor,
        "do what the reason says: who runs the gateway must be able to use the queue and to write "
        "it and its folder",
        "it runs, but is not ready: %s", reason ? reason : "it gives no reason");
    json_decref(answer);
}

static void judge_readiness(
    struct doctor *doctor, const char *address, int status, const struct http_reply *reply)
{
    doctor->is_ready = status == 200;
    if (status == 200)
        doctor_well(doctor, "it is ready, on %s", address);
    else if (status == 503)
        tell_why_unready(doctor, &reply->body);
    else
        doctor_fault(doctor, "give the gateway an ops_listen that nothing else uses",
            "what answers on %s is no belfry-gateway: HTTP status %d", address, status);
}

void doctor_gateway(struct doctor *doctor)
{
    const struct config *config = &doctor->admin->config;
    bool holds_lock = !database_url_is(config->database) && running_holds_lock(config->database);
    struct http_reply reply = {.status = -1};
    struct reason why;
    const char *address = ask_ops_address(config, &why);
    int status = address ? ask_ops(address, "/readyz", &reply, &why) : -1;

    if (!address)
        doctor_fault(doctor, "set ops_listen under [gateway] to 127.0.0.1:9181",
            "it cannot be asked: %s", why.text);
    else if (status >= 0)
        judge_readiness(doctor, address, status, &reply);
    else if (holds_lock)
        doctor_fault(doctor,
            "see that the gateway was started with this configuration, and restart it: systemctl "
            "restart belfry-gateway",
            "it runs, but does not answer: %s", why.text);
    else
        doctor_fault(doctor, start_it, "it does not run: %s", why.text);
    http_reply_release(&reply);
}

/* ---- its descriptors ---- */

/* The process that has the lock on the queue, or 0. */
static long find_process(const char *database)
{
    char path[4096], name[64] = "";
    long process = 0;

    snprintf(path, sizeof path, "%s.lock", database);
    FILE *file = fopen(path, "re");
    if (!file || fscanf(file, "%ld", &process) != 1)
        process = 0;
    if (file)
        fclose(file);
    snprintf(path, sizeof path, "/proc/%ld/comm", process);
    file = process > 0 ? fopen(path, "re") : NULL;
    if (!file || !fgets(name, sizeof name, file) || strncmp(name, "belfry-gateway", 14) != 0)
        process = 0;
    if (file)
        fclose(file);
    return process;
}

/* The soft limit of a process, or -1. */
static long descriptor_limit(long process)
{
    char path[64], line[256];
    long limit = -1;

    snprintf(path, sizeof path, "/proc/%ld/limits", process);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Max open files %ld", &limit) == 1)
            break;
    if (file)
        fclose(file);
    return limit;
}

void doctor_descriptors(struct doctor *doctor)
{
    const char *database = doctor->admin->config.database;
    long process = database_url_is(database) ? 0 : find_process(database);
    long limit = process > 0 ? descriptor_limit(process) : -1;

    if (limit < 0)
        return;
    if (limit < DESCRIPTORS_MIN)
        doctor_fault(doctor,
            "raise it: LimitNOFILE=65536 in the unit of belfry-gateway, or `ulimit -n 65536` "
            "before "
            "it is started",
            "the gateway (process %ld) may have %ld files and connections open", process, limit);
    else
        doctor_well(doctor, "the gateway (process %ld) may have %ld files and connections open",
            process, limit);
}
