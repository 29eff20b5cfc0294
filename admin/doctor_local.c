/* What `belfry doctor` sees in the configuration and in the files that it names. */
#include "admin/doctor.h"

#include "admin/ask_auth.h"
#include "common/layout.h"
#include "common/secret.h"

void doctor_configuration(struct doctor *doctor)
{
    const struct config *config = &doctor->admin->config;

    if (config->path)
        doctor_well(doctor, "%s", config->path);
    else
        doctor_well(doctor, "there is no %s, so defaults and the environment are used",
            CONFIG_DEFAULT_PATH);
}

void doctor_secrets(struct doctor *doctor)
{
    struct secrets secrets;
    struct reason why;
    char shown[128];

    if (secrets_load(&secrets, &doctor->admin->config, &why) < 0) {
        doctor_fault(doctor,
            "make a secret by `openssl rand -base64 33`, and give the same one to the application "
            "and all of Belfry's programs, by secret_file under [token] or by AUTH_SECRET",
            "%s", why.text);
        return;
    }
    secrets_describe(&secrets, shown, sizeof shown);
    if (doctor->admin->config.token.allow_weak_secret)
        doctor_fault(doctor,
            "take allow_weak_secret out of [token], and make a secret by `openssl rand -base64 33`",
            "%s, and weak ones are allowed: anybody who guesses one can be any user", shown);
    else
        doctor_well(doctor, "%s", shown);
    secrets_release(&secrets);
}

static void take_advice(void *context, const char *sentence)
{
    doctor_fault(context, "change that, then run this again", "%s", sentence);
}

void doctor_layout(struct doctor *doctor)
{
    bool had_fault = doctor->has_fault;

    doctor->has_fault = false;
    layout_advise(&doctor->admin->config, take_advice, doctor);
    if (!doctor->has_fault)
        doctor_well(doctor, "queue, sessions and secrets are where nobody else can change them");
    doctor->has_fault |= had_fault;
}

void doctor_auth(struct doctor *doctor)
{
    struct buf said;

    buf_init(&said, 4096);
    switch (ask_auth(&doctor->admin->config, &said)) {
    case ASK_AUTH_READY:
        doctor_well(doctor, "it answers on its socket");
        break;
    case ASK_AUTH_UNKNOWN:
        doctor_well(doctor, "%s", said.data);
        break;
    default:
        doctor_fault(doctor, "start it: systemctl start belfry-auth; its log says why it ended",
            "%s", said.data);
    }
    buf_release(&said);
}
